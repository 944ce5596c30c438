#!/usr/bin/env bash
# One call on a machine with a GPU, of at most 600 s: trains, evaluates, and keeps what there is in OUT all the while, so that a call that
# is cut off has lost little.
#
#   tools/open-checkpoint/device.sh both      speech networks and render networks beside each other
#   tools/open-checkpoint/device.sh render    the render networks alone
#   tools/open-checkpoint/device.sh speech    the audio encoder, then the motion generator
#
# CARRY is the folder that pack.sh has made; trainings go on from the weights in it. RUNS keeps the whole state between calls on one machine.
# OUT takes what is to be carried away: weights, logs, evaluations, eight files at most.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=${1:?both, render or speech}
CARRY=$(cd "${CARRY:-$here/../../.open-checkpoint}" && pwd)
RUNS=${RUNS:-$here/runs}
OUT=${OUT:-$RUNS/out}
AUDIO_SECONDS=${AUDIO_SECONDS:-120}
MOTION_SECONDS=${MOTION_SECONDS:-200}
RENDER_SECONDS=${RENDER_SECONDS:-500}
SEED=${SEED:-0}
export PYTHONUNBUFFERED=1 PYTHONPATH=$here OMP_NUM_THREADS=${OMP_NUM_THREADS:-4} OPEN_MODA_ESPEAK=$RUNS/espeak
mkdir -p "$RUNS"/{audio,motion,render,state,espeak} "$OUT"
cd "$here"

keep() { # copies whole files only: each is written beside its place first
    local name file
    for name in audio motion render; do
        for file in "$RUNS/$name/$name.safetensors" "$RUNS/$name/$name.log.md"; do
            [ ! -e "$file" ] || { cp "$file" "$RUNS/kept" && mv "$RUNS/kept" "$OUT/$(basename "$file")"; }
        done
    done
}

speech() {
    python3 train_audio.py --out "$RUNS/audio" --resume --seconds "$AUDIO_SECONDS" --seed "$SEED" ${AUDIO_OPTIONS:-}
    python3 train_motion.py --audio "$RUNS/audio/audio.safetensors" --out "$RUNS/motion" --resume --seconds "$MOTION_SECONDS" --seed "$SEED" ${MOTION_OPTIONS:-}
    python3 evaluate_motion.py --audio "$RUNS/audio/audio.safetensors" --motion "$RUNS/motion/motion.safetensors" --out "$RUNS/motion"
    cp "$RUNS/motion/evaluation.md" "$OUT/motion.evaluation.md"
}

render() {
    python3 train_render.py --archive "$CARRY/faces.zip" --out "$RUNS/render" --state "$RUNS/state" --resume \
        --seconds "$RENDER_SECONDS" --seed "$SEED" ${RENDER_OPTIONS:-}
    keep
    python3 evaluate_render.py --talking --weights "$RUNS/render/render.safetensors" --archive "$CARRY/faces.zip" --out "$RUNS/render" --seed "$SEED"
    cp "$RUNS/render/evaluation.md" "$OUT/render.evaluation.md"
}

case $stage in both | render | speech) ;; *) echo "$stage is no stage: both, render or speech" >&2 && exit 2 ;; esac
for name in audio motion render; do
    [ -e "$RUNS/$name/$name.safetensors" ] || [ ! -e "$CARRY/$name.safetensors" ] || cp "$CARRY/$name.safetensors" "$RUNS/$name/"
done
[ -e "$RUNS/espeak/espeak-ng-data" ] || tar -xJf "$CARRY/speech.tar.xz" -C "$RUNS/espeak"
(while sleep 15; do keep; done) &
keeper=$!
trap 'kill $keeper; keep' EXIT
if [ "$stage" = render ]; then
    render
elif [ "$stage" = speech ]; then
    speech
else
    speech > "$RUNS/speech.log.txt" 2>&1 &
    speaking=$!
    render
    wait $speaking || { tail -5 "$RUNS/speech.log.txt" >&2; exit 1; }
fi
