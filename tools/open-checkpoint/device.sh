#!/usr/bin/env bash
# One call on a machine with a GPU. The stages, in this order, each in a call of its own of at most 600 s:
#
#   tools/open-checkpoint/device.sh speech    audio encoder and motion generator, from start to end
#   tools/open-checkpoint/device.sh render    the first part of the render networks' training
#   tools/open-checkpoint/device.sh finish    its second part, evaluation, the folder of weights
#
# CARRY is the folder that pack.sh has made, RUNS keeps the state between calls on one machine, OUT takes what is to be carried away.
# A new machine goes on from weights that were carried away when they lie in CARRY.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stage=${1:?speech, render or finish}
CARRY=$(cd "${CARRY:-$here/../../.open-checkpoint}" && pwd)
RUNS=${RUNS:-/tmp/open-checkpoint-runs}
OUT=${OUT:-$RUNS/out}
AUDIO_SECONDS=${AUDIO_SECONDS:-180}
MOTION_SECONDS=${MOTION_SECONDS:-240}
RENDER_SECONDS=${RENDER_SECONDS:-900}
RENDER_CALL=${RENDER_CALL:-555}
SEED=${SEED:-0}
export PYTHONUNBUFFERED=1 PYTHONPATH=$here OMP_NUM_THREADS=${OMP_NUM_THREADS:-8} TORCHINDUCTOR_CACHE_DIR=$RUNS/inductor
mkdir -p "$RUNS" "$OUT"
cd "$here"
exec > >(tee -a "$OUT/$stage.log.txt") 2>&1
date -u
python3 -c 'import torch; print("torch", torch.__version__, torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU")'

seed_run() { # seed_run NAME: weights that an earlier machine sent back
    mkdir -p "$RUNS/$1"
    [ -e "$RUNS/$1/$1.safetensors" ] || [ ! -e "$CARRY/$1.safetensors" ] || cp "$CARRY/$1.safetensors" "$RUNS/$1/"
}

carry_away() { # carry_away NAME...: $OUT/NAME.safetensors, NAME.evaluation.md, ...
    for name in "$@"; do
        for ending in safetensors png log.md; do
            [ ! -e "$RUNS/$name/$name.$ending" ] || cp "$RUNS/$name/$name.$ending" "$OUT/"
        done
        for ending in md png; do
            [ ! -e "$RUNS/$name/evaluation.$ending" ] || cp "$RUNS/$name/evaluation.$ending" "$OUT/$name.evaluation.$ending"
        done
    done
}

train_render() { # train_render SECONDS_OF_THIS_CALL
    seed_run render
    python3 train_render.py --archive "$CARRY/faces.zip" --out "$RUNS/render" --state "$RUNS/state" --resume \
        --seconds "$RENDER_SECONDS" --stop-after "$1" --seed "$SEED" ${RENDER_OPTIONS:-}
}

case $stage in
speech)
    for name in audio motion; do seed_run $name; done
    export OPEN_MODA_ESPEAK=$RUNS/espeak
    python3 -m tarfile -e "$CARRY/speech.tar.xz" "$OPEN_MODA_ESPEAK"
    python3 train_audio.py --out "$RUNS/audio" --resume --seconds "$AUDIO_SECONDS" --seed "$SEED"
    carry_away audio
    python3 train_motion.py --audio "$RUNS/audio/audio.safetensors" --out "$RUNS/motion" --resume --seconds "$MOTION_SECONDS" --seed "$SEED"
    carry_away audio motion
    python3 evaluate_motion.py --audio "$RUNS/audio/audio.safetensors" --motion "$RUNS/motion/motion.safetensors" --out "$RUNS/motion"
    carry_away audio motion
    ;;
render)
    train_render "$RENDER_CALL"
    carry_away render
    ;;
finish)
    train_render "$RENDER_CALL"
    carry_away render
    python3 evaluate_render.py --weights "$RUNS/render/render.safetensors" --archive "$CARRY/faces.zip" --out "$RUNS/render" --seed "$SEED"
    carry_away render
    ;;
*)
    echo "$stage is no stage: speech, render or finish" && exit 2
    ;;
esac
date -u
