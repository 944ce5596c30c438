#!/usr/bin/env bash
# Packs the libraries and the command line into artifacts/packages/: what 'dotnet pack' of the solution gives, and nothing else.
#
#   scripts/pack.sh [FOLDER] [MSBUILD ARGUMENTS, such as -p:Version=1.2.3]
#
# The packages name the repository that 'git remote' knows as origin; REPOSITORY_URL names another one.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=artifacts/packages
if [[ $# -gt 0 && $1 != -* ]]; then
    folder=$1
    shift
fi

repository=()
if [[ -n ${REPOSITORY_URL:-} ]]; then
    repository=("-p:RepositoryUrl=$REPOSITORY_URL")
elif ! git remote get-url origin >/dev/null 2>&1; then
    echo "pack: there is no remote 'origin', so the packages name no repository; set REPOSITORY_URL." >&2
fi

mkdir -p "$folder"
rm -f "$folder"/*.nupkg "$folder"/*.snupkg
dotnet pack Moda.Native.sln -c Release -v quiet --nologo -p:PackageOutputPath="$(cd "$folder" && pwd)/" "${repository[@]}" "$@"
ls "$folder"
