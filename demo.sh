#!/usr/bin/env bash
# From a fresh clone to output/demo.mp4: the bundled portrait speaks the bundled voice, on this machine's CPU.
# Needs the .NET 10 SDK. Installs ffmpeg with apt when it is missing and this user may.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v ffmpeg >/dev/null 2>&1; then
    if command -v apt-get >/dev/null 2>&1 && { [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }; then
        echo "demo: installing ffmpeg..." >&2
        as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }
        as_root apt-get update -qq >&2
        as_root apt-get install -y -qq --no-install-recommends ffmpeg >&2
    else
        echo "demo: ffmpeg is needed to write a video; install it, for instance with 'sudo apt-get install ffmpeg' or 'brew install ffmpeg'." >&2
        exit 1
    fi
fi

mkdir -p output
./moda generate \
    --image assets/portrait.png \
    --audio assets/speech.wav \
    --out output/demo.mp4 --overwrite \
    "$@"
