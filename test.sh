#!/usr/bin/env bash
# Builds everything and runs every test. The last line is: N passed, N failed, N skipped. Options: scripts/Tests.cs.
set -euo pipefail
exec dotnet run "$(dirname "${BASH_SOURCE[0]}")/scripts/Tests.cs" -- "$@"
