#!/usr/bin/env bash
# Makes artifacts/moda-linux-x64.tar.xz: the command line, the benchmarks, the tests of kernels and networks (those of the command line
# and the converter use no GPU) and the reference's cases, with the .NET runtime that they share. It runs on any x64 Linux, with nothing
# installed but, for a GPU, its driver and CUDA's libraries:
#
#   tar xf moda-linux-x64.tar.xz && moda-linux-x64/run.sh test
#
# The open checkpoint would double it and is left out: 'moda generate' needs --weights there.
#
# Options:
#   --service  makes artifacts/moda-service-linux-x64.tar.xz instead: the command line and the web service, without tests and cases.
#              'run.sh serve --weights DIR' starts it; videos need ffmpeg there, on the PATH or named by MODA_FFMPEG
#   --keep     leaves the unpacked bundle beside the archive
set -euo pipefail
cd "$(dirname "$0")/.."

name=moda-linux-x64 limit=$((48 * 1000 * 1000)) service=false keep=false
for option in "$@"; do
    case $option in
        --service) name=moda-service-linux-x64 limit=$((40 * 1000 * 1000)) service=true ;;
        --keep) keep=true ;;
        *)
            sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
            exit 2
            ;;
    esac
done
readonly name limit service keep
readonly bundle="artifacts/$name"
readonly archive="$bundle.tar.xz"

programs=(apps/moda/moda.csproj benchmarks/Moda.Benchmarks.csproj tests/Moda.{Kernels,Runtime,Parity}.Tests/*.csproj)
ahead=(moda Moda.Kernels Moda.Parity Moda.Runtime Moda.Weights)
if $service; then
    programs=(apps/moda/moda.csproj apps/moda-web/moda-web.csproj)
    ahead+=(moda-web Moda.Extensions.Hosting)
fi

rm -rf "$bundle" "$archive"
mkdir -p "$bundle/bin"

publish() { # project, folder, options
    dotnet publish "$1" -c Release -r linux-x64 --self-contained true -o "$2" -v quiet --nologo \
        -p:DebugType=none -p:DebugSymbols=false -p:RunAnalyzers=false "${@:3}"
}

# All programs go into one folder, so that the runtime is there once.
for project in "${programs[@]}"; do
    publish "$project" "$bundle/bin"
done

# The engine's own code is compiled ahead, so that weights and the first frame don't wait for it; all the rest would be too large.
for project in "${programs[@]}"; do
    [[ $project != apps/* ]] || publish "$project" "$bundle/ahead" -p:PublishReadyToRun=true
done
for assembly in "${ahead[@]}"; do
    mv "$bundle/ahead/$assembly.dll" "$bundle/bin/"
done
rm -r "$bundle/ahead"

# What no program here loads: debugging and other garbage collectors of the runtime, and parts of its library. The service's parts load more.
(
    cd "$bundle/bin"
    rm -f libmscordaccore.so libmscordbi.so createdump libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so
    rm -f Microsoft.VisualBasic*.dll System.Formats.Tar.dll System.Net.HttpListener.dll System.Net.Mail.dll System.Net.WebClient.dll \
        System.Private.DataContractSerialization.dll System.Reflection.DispatchProxy.dll
    $service || rm -f Microsoft.CSharp.dll System.ComponentModel.Annotations.dll System.Data.Common.dll System.Linq.AsyncEnumerable.dll \
        System.Linq.Queryable.dll System.Net.Http.Json.dll System.Net.Quic.dll System.Net.Requests.dll System.Net.ServerSentEvents.dll \
        System.Private.Xml.dll System.Text.Encoding.CodePages.dll System.Threading.Tasks.Dataflow.dll System.Transactions.Local.dll
    # Parts of ASP.NET Core for pages, accounts and another server; an API with a description needs the core of Mvc.
    rm -f Microsoft.AspNetCore.{Components,Identity,Razor,Server.HttpSys,SignalR}*.dll Microsoft.Extensions.Identity.*.dll \
        Microsoft.AspNetCore.Mvc.{Formatters.Xml,Localization,Razor,TagHelpers,ViewFeatures}*.dll
    # ONNX Runtime itself: 29 MB for models that the bundle doesn't hold. '--face-models' says so.
    rm -f libonnxruntime*.so
    # 32 MB of weights, which make a face talk and prove nothing about a GPU; '--weights' names others, 'weights synthesize' makes some.
    rm -rf open-checkpoint
    # Disassemblers and profilers of BenchmarkDotNet.
    rm -f libcapstone.so Gee.External.Capstone.dll Iced.dll Microsoft.Diagnostics.*.dll Dia2Lib.dll TraceReloggerLib.dll
    # They list every file that was there; without them the host takes what is there now.
    rm -f ./*.deps.json
    rm -f ./*.xml ./*.pdb
)

if ! $service; then
    mkdir -p "$bundle/tests/data"
    cp -r tests/data/{cases,narrow,assets,faces,faults,manifest.json} "$bundle/tests/data/"
fi
cp -r assets "$bundle/"
cp LICENSE "$bundle/"
cp scripts/run.sh "$bundle/run.sh"
chmod +x "$bundle/run.sh"

# BCJ makes calls in machine code repeat; sorting by type puts like beside like.
tar -C artifacts --sort=name --owner=0 --group=0 -c "$name" | xz --x86 --lzma2=preset=9e -T1 > "$archive"
$keep || rm -rf "$bundle"

size=$(stat -c %s "$archive")
echo "$archive: $((size / 1000 / 1000)) MB"
if ((size > limit)); then
    echo "bundle: $archive has $size bytes; $limit are allowed." >&2
    exit 1
fi
