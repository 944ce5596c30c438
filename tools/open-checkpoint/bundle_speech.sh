#!/usr/bin/env bash
# Packs speech for a machine that has none: espeak-ng's library, what that needs, the data of the languages of training; recordings by
# Festival with the time of each sound, for training, where it is installed; recordings by flite, for evaluation, where that is. The archive
# is GPL-3 like espeak-ng: it is never committed.
#
#   tools/open-checkpoint/bundle_speech.sh speech.tar.xz
#   mkdir speech && tar -xJf speech.tar.xz -C speech && export OPEN_MODA_ESPEAK=$PWD/speech
#
# Needs: espeak-ng, gcc, xz (Debian: apt-get install espeak-ng gcc xz-utils; flite; festival with the voices of SOURCES.md).
# RECORDED_SECONDS: of each voice of Festival's; 140 of twelve voices take 43 MB.
set -euo pipefail
archive=$(realpath -m "${1:?the archive to write}")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

library() { ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }'; }
espeak=$(library libespeak-ng.so.1) sonic=$(library libsonic.so.0)
[ -e "$espeak" ] && [ -e "$sonic" ] || { echo "libespeak-ng.so.1 or libsonic.so.0 is not installed: apt-get install espeak-ng" >&2; exit 1; }
cp -L "$espeak" "$folder/libespeak-ng.so.1"
cp -L "$sonic" "$folder/libsonic.so.0"

# Sound cards are never asked for: functions that do nothing stand for the library that would open them, and for all that it needs.
nm -D --undefined-only "$espeak" | awk '/audio_object|create_audio/ { print "void *" $2 "(void) { return 0; }" }' > "$folder/silent.c"
gcc -shared -fPIC -O1 -s -Wl,-soname,libpcaudio.so.0 -o "$folder/libpcaudio.so.0" "$folder/silent.c"
rm "$folder/silent.c"

data=$(dirname "$espeak")/espeak-ng-data
[ -d "$data" ] || data=/usr/share/espeak-ng-data
mkdir -p "$folder/espeak-ng-data/voices"
cp -r "$data"/{phondata,phonindex,phontab,intonations,lang} "$folder/espeak-ng-data/"
cp -r "$data/voices/!v" "$folder/espeak-ng-data/voices/"
languages=$(PYTHONPATH=$here python3 -c '
from open_moda.speech.sentences import HELD_OUT_LANGUAGES, LANGUAGES
print(*sorted({{"nb": "no"}.get(name.split("-")[0], name.split("-")[0]) for name in LANGUAGES + HELD_OUT_LANGUAGES}))')
for language in $languages; do cp "$data/${language}_dict" "$folder/espeak-ng-data/"; done

if command -v festival > /dev/null; then
    PYTHONPATH=$here python3 "$here/record_festival.py" --out "$folder/recorded" --seconds "${RECORDED_SECONDS:-140}"
fi
if command -v flite > /dev/null; then
    mkdir "$folder/other_voices"
    number=0
    while read -r sentence; do
        for voice in slt rms awb; do
            flite -voice "$voice" -t "$sentence" -o "$folder/other_voices/$voice$number.wav" || rm -f "$folder/other_voices/$voice$number.wav"
        done
        number=$((number + 1))
    done <<'SENTENCES'
Perhaps my brother put the paper boat on the bridge, but the wind blew it over before we came back from the market.
We all saw five blue balloons above the farm. Nobody knew who had brought them, and nobody asked.
Open the window, please. The room is warm, and I want to hear the music from the park for a while.
SENTENCES
fi
tar -C "$folder" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . | xz -9e > "$archive"
echo "$archive: $(stat -c %s "$archive" | awk '{ printf "%.1f MB", $1 / 1e6 }'), $(ls "$folder/other_voices" 2>/dev/null | wc -l) recordings of other voices"
