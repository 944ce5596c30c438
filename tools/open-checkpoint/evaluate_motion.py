"""Says how well motion follows speech that training has not heard, sampled as the engine samples it.

    OPEN_MODA_ESPEAK=FOLDER python3 evaluate_motion.py --audio audio.safetensors --motion motion.safetensors --out runs/motion

Writes `evaluation.md` to --out. --recordings is a folder of WAV files by voices that espeak-ng does not speak; an unpacked
`bundle_speech.sh` has one.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from open_moda.speech import evaluation
from open_moda.speech_networks import load_folder, load_trained


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="a folder of weights, instead of --audio and --motion")
    parser.add_argument("--audio", type=Path)
    parser.add_argument("--motion", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    bundle = os.environ.get("OPEN_MODA_ESPEAK")
    parser.add_argument("--recordings", type=Path, default=Path(bundle, "other_voices") if bundle else None)
    parser.add_argument("--clips", type=int, default=48, help="clips of 20 seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    if arguments.weights is None and (arguments.audio is None or arguments.motion is None):
        parser.error("give --weights, or --audio and --motion")

    networks = load_folder(arguments.weights) if arguments.weights else load_trained(arguments.audio, arguments.motion)
    recordings = sorted(arguments.recordings.glob("*.wav")) if arguments.recordings else []
    judge = evaluation.Judge(networks.to(torch.device(arguments.device)), arguments.seed)
    tables = evaluation.tables(judge, arguments.clips, recordings)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "evaluation.md").write_text(tables)
    print(tables, flush=True)


if __name__ == "__main__":
    main()
