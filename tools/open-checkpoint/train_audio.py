"""Trains the audio encoder on speech that it makes itself.

    OPEN_MODA_ESPEAK=FOLDER python3 train_audio.py --out runs/audio --seconds 180

Writes to --out `audio.safetensors` (averaged weights in float16), `audio.log.md`, and the state that --resume goes on from.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from open_moda.networks.audio_encoder import AudioWidths
from open_moda.speech import corpus
from open_moda.training.audio import AudioTraining, AudioTrainingOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from what lies in --out")
    parser.add_argument("--seconds", type=float, default=180, help="time to train, that of making the speech not counted")
    parser.add_argument("--clips", type=int, default=6000)
    parser.add_argument("--clip-seconds", type=int, default=10)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--recorded", type=Path, default=corpus.bundled_recordings(), help="a folder of record_festival.py, whose voices speak too")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    start = time.monotonic()
    speech = corpus.make(corpus.Recipe(arguments.clips, arguments.clip_seconds, arguments.seed, recorded=arguments.recorded))
    held_out = corpus.make(corpus.Recipe(48, arguments.clip_seconds, arguments.seed, held_out=True))
    print(f"{arguments.clips} clips of speech after {time.monotonic() - start:.1f} s", flush=True)
    options = AudioTrainingOptions(arguments.out, arguments.seconds, batch=arguments.batch, learning_rate=arguments.learning_rate)
    training = AudioTraining(AudioWidths(), speech, held_out, device, options)
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
