#!/usr/bin/env bash
# Makes the folder that device.sh needs besides the repository, and says what it weighs.
#
#   tools/open-checkpoint/pack.sh FACES.zip SPEECH.tar.xz [render.safetensors audio.safetensors motion.safetensors ...]
#
# The weights, where there are any, are those that an earlier machine sent back: trainings go on from them.
set -euo pipefail
faces=${1:?the archive of collect.py} speech=${2:?the archive of bundle_speech.sh}
shift 2
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
folder=$root/.open-checkpoint
rm -rf "$folder"
mkdir "$folder"
cp "$faces" "$folder/faces.zip"
cp "$speech" "$folder/speech.tar.xz"
for weights in "$@"; do cp "$weights" "$folder/"; done
echo "$folder: $(($(du -sb "$folder" | cut -f1) / 1000000)) MB"
