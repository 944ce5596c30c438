#!/usr/bin/env bash
# Lets damaged files evolve by what they reach in the readers (pickle, ZIP, safetensors): coverage.sh [SECONDS FOR EACH READER]
# Needs the .NET SDK and, once, access to NuGet for the tool sharpfuzz.
set -euo pipefail
cd "$(dirname "$0")"

dotnet build Moda.Fuzz.Tests.csproj -c Release -v quiet --nologo
work=$(mktemp -d)
trap 'rm -rf "$work" bin/instrumented' EXIT
dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$work/tool" > /dev/null

# An instrumented assembly is of no use to other tests: a copy of the whole output is made. It lies below the repository, where its
# tests find their data.
cp -r bin/Release/net10.0 bin/instrumented
"$work/tool/sharpfuzz" bin/instrumented/Moda.Weights.dll
for class in Checkpoints_that Safetensors_files_that; do
    MODA_FUZZ_SECONDS=${1:-60} bin/instrumented/Moda.Fuzz.Tests -noColor -showLiveOutput -method "*$class*"
done
