#!/usr/bin/env bash
# Brings whitespace and code style into the form that .editorconfig describes; with --check it only says where they differ, and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "$*" in
    "") ;;
    --check) set -- --verify-no-changes ;;
    *) echo "format: the only option is --check" >&2; exit 2 ;;
esac

dotnet restore Moda.Native.sln -v quiet
dotnet format whitespace Moda.Native.sln --no-restore "$@"
dotnet format style Moda.Native.sln --no-restore "$@"
