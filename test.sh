#!/usr/bin/env bash
# Builds everything and runs every test. The last line is: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"

dotnet build Moda.Native.sln -c Release -v quiet --nologo

passed=0 failed=0 skipped=0 broken=0
for project in tests/*/*.Tests.csproj; do
    name=$(basename "$project" .csproj)
    echo "== $name"
    report=$(mktemp)
    status=0
    "$(dirname "$project")/bin/Release/net10.0/$name" -noColor "$@" 2>&1 | tee "$report" || status=$?
    # xunit's summary: "   NAME  Total: 12, Errors: 0, Failed: 1, Skipped: 2, Not Run: 0, Time: 0.130s"
    count() { sed -nE "s/^ +$name .*\b$1: ([0-9]+),.*/\1/p" "$report"; }
    total=$(count Total)
    project_failed=$(($(count Failed) + $(count Errors)))
    project_skipped=$(count Skipped)
    if [[ -z $total || ( $status -ne 0 && $project_failed -eq 0 ) ]]; then
        echo "$name did not report its tests (exit code $status)" >&2
        broken=$((broken + 1))
    fi
    project_passed=$((${total:-0} - project_failed - ${project_skipped:-0}))
    passed=$((passed + project_passed))
    failed=$((failed + project_failed))
    skipped=$((skipped + ${project_skipped:-0}))
    rm -f "$report"
done

failed=$((failed + broken))
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
