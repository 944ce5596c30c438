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
from open_moda.training.render import RenderTraining, RenderTrainingOptions


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, help="what collect.py wrote; procedural textures alone without it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--state", type=Path, help="the folder of the full state; --out when left out")
    parser.add_argument("--resume", action="store_true", help="go on from the full state where there is one, else from --out's weights")
    parser.add_argument("--seconds", type=float, default=840)
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="end this call after so many seconds, to go on with --resume")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--talking-clips", type=int, default=400, help="clips of speech to act to; 0 where there is no espeak-ng")
    parser.add_argument("--drawn-faces", type=int, default=1500, help="procedural faces to draw beforehand")
    parser.add_argument("--report-seconds", type=float, default=45)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the networks")
    parser.add_argument("--own-keypoints-from", type=float, default=0.35, help="from which part of the time on keypoints are the extractor's")
    parser.add_argument("--no-graph", action="store_true", help="launch every kernel of a step instead of replaying a CUDA graph")
    parser.add_argument("--tiny", action="store_true", help="small widths, to check the code")
    arguments = parser.parse_args()

    random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    start = time.monotonic()
    source = render_source(arguments.archive, arguments.drawn_faces, arguments.talking_clips, arguments.seed, device)
    print(f"data ready after {time.monotonic() - start:.1f} s", flush=True)
    options = RenderTrainingOptions(
        out=arguments.out,
        state=arguments.state or arguments.out,
        seconds=arguments.seconds,
        stop_after=arguments.stop_after - (time.monotonic() - start),
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        report_seconds=arguments.report_seconds,
        own_keypoints_from=arguments.own_keypoints_from,
        compile=arguments.compile,
        graph=not arguments.no_graph)
    training = RenderTraining(TINY if arguments.tiny else RenderWidths(), source, device, options)
    if arguments.resume:
        training.resume()
    training.run()


if __name__ == "__main__":
    main()
