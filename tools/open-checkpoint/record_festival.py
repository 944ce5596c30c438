"""Records voices that Festival speaks, with the time of every sound, for the trainings of the speech networks.

    python3 record_festival.py --out FOLDER --seconds 180

Needs Festival and its voices (SOURCES.md). A voice becomes NAME.wav and NAME.txt.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from open_moda.speech import festival, recorded


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=180, help="of each voice")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for voice in festival.VOICES:
        utterances = festival.say(voice, arguments.seconds, random.Random(f"{arguments.seed} {voice.name}"))
        recorded.write(arguments.out / voice.name, utterances)
        print(f"{voice.name}: {len(utterances)} utterances", flush=True)


if __name__ == "__main__":
    main()
