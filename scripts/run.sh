#!/usr/bin/env bash
# Runs what the bundle holds; nothing needs to be installed but, for a GPU, its driver and CUDA's libraries.
#
#   run.sh test [xunit options]         every test; those that need a GPU are skipped where there is none
#   run.sh parity [moda parity options] every case of the reference, or those that are named
#   run.sh bench [moda bench options]   time of every network, or of those that are named
#   run.sh benchmark [options]          time and rates of every kernel: quick, kernels or networks, then --help
#   run.sh selfcheck                    the way to the GPU: libraries, kernels, products, faults
#   run.sh sanitize TOOL [JOBS] [LOGS]  the op suite under compute-sanitizer (memcheck, racecheck, initcheck, synccheck), by several
#                                       processes at once; their output goes to the folder LOGS
#   run.sh moda ...                     the command line
#
# MODA_TEST_GPU=N lets tests run on the GPU number N.
# CUDA_HOME (a toolkit) and MODA_CUDA_PATH (a folder of libraries) are looked in before the usual places.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# The newest toolkit first.
mapfile -t toolkits < <(
    [[ -n ${CUDA_HOME:-} ]] && echo "$CUDA_HOME"
    ls -d /usr/local/cuda-* /usr/local/cuda /opt/cuda 2>/dev/null | sort -rV
)
for toolkit in "${toolkits[@]}"; do
    for folder in "$toolkit/targets/x86_64-linux/lib" "$toolkit/lib64"; do
        if compgen -G "$folder/libnvrtc.so*" >/dev/null; then
            export LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
            export PATH="$PATH:$toolkit/bin"
            break 2
        fi
    done
done

# The programs carry their runtime; these only matter where another one is installed or the folder is not writable.
export DOTNET_gcServer=0 DOTNET_EnableDiagnostics=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
export DOTNET_BUNDLE_EXTRACT_BASE_DIR="${TMPDIR:-/tmp}"
unset DOTNET_ROOT

run_tests() {
    local failed=0 program
    for program in "$here"/bin/*.Tests; do
        echo "== $(basename "$program")"
        "$program" -noColor "$@" || failed=1
    done
    return $failed
}

command=${1:-}
shift || true
case $command in
    test) run_tests "$@" ;;
    parity)
        cases=()
        for argument in "$@"; do
            [[ $argument == *.safetensors ]] && cases+=("$argument")
        done
        ((${#cases[@]})) || set -- "$@" "$here"/tests/data/cases/*.safetensors
        exec "$here/bin/moda" parity "$@"
        ;;
    bench) exec "$here/bin/moda" bench "$@" ;;
    benchmark) exec "$here/bin/Moda.Benchmarks" "$@" ;;
    selfcheck) exec "$here/bin/moda" devices --self-check "$@" ;;
    sanitize)
        tool=${1:?"memcheck, racecheck, initcheck or synccheck"} jobs=${2:-8} logs=${3:-$(mktemp -d)}
        mkdir -p "$logs"
        for ((job = 1; job <= jobs; job++)); do
            MODA_TEST_DEVICES=cuda-f32,cuda-f16 MODA_TEST_SHARE=$job/$jobs compute-sanitizer --tool "$tool" --error-exitcode 99 \
                "$here/bin/Moda.Kernels.Tests" -noColor -method "*Op_agrees_with_float64*" > "$logs/$tool.$job.log" 2>&1 &
        done
        failed=0
        for job in $(jobs -p); do wait "$job" || failed=1; done
        grep -h "SUMMARY\|Total:\|=========  *[A-Z].*" "$logs/$tool".*.log | grep -v COMPUTE-SANITIZER
        echo "$tool: $(grep -l "SUMMARY: 0 " "$logs/$tool".*.log | wc -l) of $jobs processes clean; output in $logs"
        exit $failed
        ;;
    moda) exec "$here/bin/moda" "$@" ;;
    *)
        sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 2
        ;;
esac
