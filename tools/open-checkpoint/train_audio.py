"""Trains the audio encoder on speech that it makes itself.

    OPEN_MODA_ESPEAK=FOLDER python3 train_audio.py --out runs/audio --seconds 180

Writes to --out `audio.safetensors` (averaged weights in float16), `audio.log.md`, and the state that --resume goes on from.
"""

from __future__ import annotations

import argparse
import time

import torch

from open_moda.networks.audio_encoder import AudioWidths
from open_moda.speech import corpus
from open_moda.training.audio import AudioTraining, AudioTrainingOptions
from open_moda.training.command import add_options, add_run_arguments, add_speech_arguments, read_options


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, AudioTrainingOptions, seconds="time to train, that of making the speech not counted")
    add_run_arguments(parser)
    add_speech_arguments(parser)
    parser.add_argument("--clip-seconds", type=int, default=10)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    start = time.monotonic()
    speech = corpus.make(corpus.Recipe(arguments.clips, arguments.clip_seconds, arguments.seed, recorded=arguments.recorded))
    held_out = corpus.make(corpus.Recipe(48, arguments.clip_seconds, arguments.seed, held_out=True))
    print(f"{arguments.clips} clips of speech after {time.monotonic() - start:.1f} s", flush=True)
    training = AudioTraining(AudioWidths(), speech, held_out, device, read_options(arguments, AudioTrainingOptions))
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
