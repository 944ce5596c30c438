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
from open_moda.training.command import add_options, add_run_arguments, add_speech_arguments, read_options
from open_moda.training.motion import MotionTraining, MotionTrainingOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", type=Path, required=True, help="what train_audio.py wrote")
    add_options(parser, MotionTrainingOptions, seconds="time to train, that of making and hearing the speech not counted")
    add_run_arguments(parser)
    add_speech_arguments(parser)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    encoder = read_encoder(arguments.audio)
    start = time.monotonic()

    # Speech that the encoder was not trained on.
    speech = corpus.make(corpus.Recipe(arguments.clips, seed=arguments.seed + 1, recorded=arguments.recorded))
    held_out = corpus.make(corpus.Recipe(clips=48, seed=arguments.seed, held_out=True))
    widths = MotionWidths(audio=encoder.widths.width, audio_layers=encoder.widths.layers)
    training = MotionTraining(widths, encoder, speech, held_out, device, read_options(arguments, MotionTrainingOptions))
    print(f"{arguments.clips} clips of speech, heard, after {time.monotonic() - start:.1f} s", flush=True)
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
