"""Trains the motion generator on what a trained audio encoder hears.

    OPEN_MODA_ESPEAK=FOLDER python3 train_motion.py --audio runs/audio/audio.safetensors --out runs/motion --seconds 270

Writes to --out `motion.safetensors` (averaged weights in float16, and the statistics of the motion), `motion.log.md`, and the state that
--resume goes on from.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from open_moda.networks.motion_generator import MotionWidths
from open_moda.speech import corpus
from open_moda.speech_networks import read_encoder
from open_moda.training.motion import MotionTraining, MotionTrainingOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", type=Path, required=True, help="what train_audio.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from what lies in --out")
    parser.add_argument("--seconds", type=float, default=270, help="time to train, that of making and hearing the speech not counted")
    parser.add_argument("--clips", type=int, default=6000, help="clips of ten seconds")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--recorded", type=Path, default=corpus.bundled_recordings(), help="a folder of record_festival.py, whose voices speak too")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    encoder = read_encoder(arguments.audio)
    start = time.monotonic()

    # Speech that the encoder was not trained on.
    speech = corpus.make(corpus.Recipe(arguments.clips, seed=arguments.seed + 1, recorded=arguments.recorded))
    held_out = corpus.make(corpus.Recipe(clips=48, seed=arguments.seed, held_out=True))
    widths = MotionWidths(audio=encoder.widths.width, audio_layers=encoder.widths.layers)
    options = MotionTrainingOptions(arguments.out, arguments.seconds, batch=arguments.batch, learning_rate=arguments.learning_rate)
    training = MotionTraining(widths, encoder, speech, held_out, device, options)
    print(f"{arguments.clips} clips of speech, heard, after {time.monotonic() - start:.1f} s", flush=True)
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
