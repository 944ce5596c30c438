"""Writes the parity cases of a folder of weights.

    python3 cases.py --weights open-checkpoint --out tests/data/open-checkpoint
"""

from __future__ import annotations

import argparse
from pathlib import Path

from open_moda.render_cases import write_render_cases
from open_moda.speech_cases import write_speech_cases


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the folder with moda.json")
    parser.add_argument("--out", type=Path, required=True, help="where the cases go")
    parser.add_argument("--suffix", default="open", help="the middle of the files' names")
    arguments = parser.parse_args()
    for write in (write_render_cases, write_speech_cases):
        for path in write(arguments.weights.resolve(), arguments.out.resolve(), arguments.suffix):
            print(f"{path}  {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
