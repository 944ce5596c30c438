#!/usr/bin/env bash
# Says ten sentences that no training has heard, by espeak-ng in four languages and several voices, for the test that compares live lips with
# offline ones:
#
#   tools/open-checkpoint/live_sentences.sh voices
#   MODA_TEST_VOICES=$PWD/voices tests/Moda.Runtime.Tests/bin/Release/net10.0/Moda.Runtime.Tests -class "*LiveLipTests" -diagnostics
#
# Needs: espeak-ng.
set -euo pipefail
folder=${1:?the folder to write}
mkdir -p "$folder"
number=0
while IFS='|' read -r voice speed sentence; do
    espeak-ng -v "$voice" -s "$speed" -w "$folder/$number.wav" "$sentence"
    number=$((number + 1))
done <<'SENTENCES'
en-us|160|My old neighbour bakes plum bread every Monday, and the whole street can smell it before breakfast.
en-us+f3|175|Please put both bottles back into the box before the people from the museum arrive.
en-gb|150|The ferry will be late because of the fog; we may as well wait inside and play cards.
en-gb+f2|165|Nobody believed me when I told them that the parrot had learnt to whistle the anthem.
en-gb-scotland|160|If you bring the map, I will bring a pot of tea and a blanket for the evening.
de|155|Am Bahnhof wartete mein Bruder mit einem bunten Blumenstrauss auf den verspäteten Zug.
de+f4|165|Bevor wir abfahren, möchte ich noch die Pflanzen im Wohnzimmer giessen und das Fenster schliessen.
fr-fr|155|Le boulanger du village prépare du pain au beurre pour la fête de samedi prochain.
fr-fr+f1|165|Nous avons vu beaucoup de papillons bleus près de la rivière pendant les vacances.
es|160|Mi abuela siempre pone un poco de pimienta en la sopa, y por eso todos vuelven a pedir más.
SENTENCES
