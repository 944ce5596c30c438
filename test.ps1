#!/usr/bin/env pwsh
# Builds everything and runs every test. The last line is: N passed, N failed, N skipped. Options: scripts/Tests.cs.
dotnet run (Join-Path $PSScriptRoot 'scripts/Tests.cs') -- @args
exit $LASTEXITCODE
