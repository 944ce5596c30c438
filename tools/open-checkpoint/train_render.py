"""Trains appearance, motion extractor, warping and SPADE together.

    python3 train_render.py --archive sources.zip --out runs/render --seconds 840 --device cuda

Writes to --out: `render.safetensors` (averaged weights in float16, all four networks, names `module/tensor`), `render.log.md`,
`render.png`; and to --state, which is too large to carry away, everything that --resume needs.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import torch

from open_moda.networks.widths import TINY, RenderWidths
from open_moda.render_source import render_source
from open_moda.training.command import add_options, add_run_arguments, read_options
from open_moda.training.render import RenderTraining, RenderTrainingOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, help="what collect.py wrote; procedural textures alone without it")
    add_options(
        parser,
        RenderTrainingOptions,
        state="the folder of the full state; --out when left out",
        stop_after="end this call after so many seconds, to go on with --resume",
        compile="torch.compile the networks",
        graph="replay a step as a CUDA graph instead of launching every kernel of it",
        own_keypoints_from="from which part of the time on keypoints are the extractor's")
    add_run_arguments(parser, resume="go on from the full state where there is one, else from --out's weights")
    parser.add_argument("--talking-clips", type=int, default=400, help="clips of speech to act to; 0 where there is no espeak-ng")
    parser.add_argument("--drawn-faces", type=int, default=1500, help="procedural faces to draw beforehand")
    parser.add_argument("--tiny", action="store_true", help="small widths, to check the code")
    arguments = parser.parse_args()

    random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    start = time.monotonic()
    source = render_source(arguments.archive, arguments.drawn_faces, arguments.talking_clips, arguments.seed, device)
    print(f"data ready after {time.monotonic() - start:.1f} s", flush=True)
    options = read_options(arguments, RenderTrainingOptions, stop_after=arguments.stop_after - (time.monotonic() - start))
    training = RenderTraining(TINY if arguments.tiny else RenderWidths(), source, device, options)
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
