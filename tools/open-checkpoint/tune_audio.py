"""Tunes the audio encoder of a folder of weights to voices that are still speaking, as live sessions hear them.

    python3 tune_audio.py --weights ../../open-checkpoint --out runs/live --seconds 1800

Writes to --out what `train_audio.py` writes. What the encoder hears in whole voices stays as it is, so that the motion generator fits.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from open_moda.speech import corpus
from open_moda.speech_networks import load_folder
from open_moda.training.command import add_options, add_run_arguments, add_speech_arguments, read_options
from open_moda.training.live import LiveTuning, LiveTuningOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, LiveTuningOptions, seconds="time to tune, that of making the speech not counted")
    add_run_arguments(parser)
    add_speech_arguments(parser)
    parser.add_argument("--weights", type=Path, required=True, help="the folder of weights to begin from")
    parser.add_argument("--clip-seconds", type=int, default=5)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    start = time.monotonic()
    recipe = dict(seconds=arguments.clip_seconds, silence_share=0, emphasised=False)
    # Speech that a program makes comes clean; a microphone's does not.
    clean_clips = arguments.clips // 3
    speech = corpus.join([
        corpus.make(corpus.Recipe(clips, seed=arguments.seed, recorded=arguments.recorded, clean=clean, **recipe))
        for clips, clean in ((arguments.clips - clean_clips, False), (clean_clips, True))])
    held_out = corpus.make(corpus.Recipe(16, seed=arguments.seed, held_out=True, **recipe))
    options = read_options(arguments, LiveTuningOptions)
    tuning = LiveTuning(load_folder(arguments.weights), speech, held_out, torch.device(arguments.device), options, arguments.seed)
    print(f"{arguments.clips} clips of speech, heard, after {time.monotonic() - start:.1f} s", flush=True)
    if arguments.resume:
        tuning.resume()
    tuning.run()


if __name__ == "__main__":
    main()
