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
#   run.sh accept [LOGS]                what has to hold on a GPU, each with a limit of time: the way to it, every op, every case at both
#                                       precisions on every GPU, the time of every network; output goes to the folder LOGS. The networks'
#                                       convolutions in batches of every size take minutes and are left to 'test'
#   run.sh accept-ilgpu [LOGS]          what has to hold of ILGPU's device on a machine with a GPU: first launches, every case at 1e-4 through
#                                       CUDA's driver alone, the time of every network beside that of the CUDA device, every op, the same
#                                       bytes twice, a share of the ops through OpenCL; 140 s on an H200
#   run.sh moda ...                     the command line
#   run.sh serve ...                    the web service, in the archive of 'bundle.sh --service', which has this and 'moda' alone
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

# A step of an acceptance, whose output goes to a file in $logs.
step() { # name, seconds, what of the output is shown, command
    local name=$1 limit=$2 shown=$3 start=$SECONDS status=0
    shift 3
    timeout -s KILL "$limit" "$@" > "$logs/$name.log" 2>&1 || { status=$?; failed=1; }
    echo "== $name: $((SECONDS - start)) s, exit code $status"
    grep -E "$shown" "$logs/$name.log" || true
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
    accept)
        logs=${1:-$(mktemp -d)}
        mkdir -p "$logs"
        failed=0
        step devices 30 "^cuda|^  " "$here/bin/moda" devices
        step selfcheck 120 "^failed|checks" "$here/bin/moda" devices --self-check
        for gpu in $(sed -nE 's/^cuda:([0-9]+) .*/\1/p' "$logs/devices.log"); do
            export MODA_TEST_GPU=$gpu MODA_TEST_DEVICES=cuda-f16,cuda-f32
            step "ops-$gpu" 240 "Total:|\\[FAIL\\]" "$here/bin/Moda.Kernels.Tests" -noColor \
                -method- "*networks_convolutions_are_the_same*"
            for precision in f16 f32; do
                step "parity-$gpu-$precision" 120 "FAIL|outputs" "$here/run.sh" parity --device "cuda:$gpu" --precision $precision
            done
        done
        step bench 120 "^full|^most" "$here/bin/moda" bench full --device cuda --precision f16
        echo "output in $logs"
        exit $failed
        ;;
    accept-ilgpu)
        logs=${1:-$(mktemp -d)}
        mkdir -p "$logs"
        failed=0
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        moda="$here/bin/moda"
        talk() { # weights, output
            "$moda" generate --device ilgpu:cuda --image "$here/assets/portrait.png" --audio "$here/assets/speech.wav" \
                --weights "$work/$1" --out "$work/$2"
        }
        # Each network's milliseconds, those on the CUDA device, and how many times as long it takes; at most 6 times.
        ratios() { # log, log of the CUDA device
            awk '/^full / && $NF ~ /^[0-9.]+$/ && $(NF-2) == "%" {
                    name = $0; sub(/ +[0-9.]+ [KMG]iB .*/, "", name); ms = $(NF-4)
                    if (NR != FNR && name in ilgpu) {
                        printf "%-28s %9.3f %9.3f %6.2f\n", name, ilgpu[name], ms, ilgpu[name] / ms
                        seen++
                        if (ilgpu[name] > 6 * ms) slow = 1
                    } else if (NR == FNR) ilgpu[name] = ms
                }
                END { exit slow || !seen }' "$1" "$2"
        }
        export -f talk ratios
        export here work moda
        step devices 30 "^ilgpu|^  " "$moda" devices
        step weights 200 "." bash -c '"$moda" weights synthesize --preset tiny --out "$work/tiny" && "$moda" weights synthesize --preset full --out "$work/full"'

        # The tiny networks take next to no time, so this is how long the first launch of all kernels takes.
        step first-launch 60 "." bash -c 'talk tiny first.y4m'
        step parity 180 "FAIL|outputs" "$here/run.sh" parity --device ilgpu:cuda --precision f32
        step bench 180 "^full" "$moda" bench full --device ilgpu:cuda --precision f32 --profile
        step bench-cuda 120 "^full" "$moda" bench full --device cuda --precision f32 --profile
        step ratios 10 "." bash -c 'ratios "$1" "$2"' ratios "$logs/bench.log" "$logs/bench-cuda.log"
        step product 60 "2048|TFLOP" "$here/bin/Moda.Benchmarks" quick gemm --device ilgpu:cuda
        MODA_TEST_DEVICES=ilgpu-cuda step ops 300 "Total:|\\[FAIL\\]|Assert|relative error" "$here/bin/Moda.Kernels.Tests" -noColor \
            -method- "*networks_convolutions_are_the_same*"
        step same-bytes 120 "." bash -c 'talk full a.y4m && talk full b.y4m && cmp "$work/a.y4m" "$work/b.y4m" && echo the same bytes twice'
        MODA_TEST_DEVICES=ilgpu-opencl MODA_TEST_SHARE=1/32 step ops-opencl 300 "Total:|\\[FAIL\\]|Assert|relative error" \
            "$here/bin/Moda.Kernels.Tests" -noColor -method "*Op_agrees_with_float64*"
        echo "output in $logs"
        exit $failed
        ;;
    moda) exec "$here/bin/moda" "$@" ;;
    serve) exec "$here/bin/moda-web" "$@" ;;
    *)
        sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 2
        ;;
esac
