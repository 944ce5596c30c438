#!/usr/bin/env python3
"""Times PyTorch on the shapes that `moda bench` times, on the same GPU in one go, and prints both with their ratio.

    benchmarks/compare_pytorch.py [--moda PATH] [--batches 1 8] [--only NAME ...] [--no-compile]

PyTorch runs the networks of tools/open-checkpoint at the published sizes with random weights and inputs: in half precision and
channels-last, as they are ("eager") and by torch.compile with CUDA graphs ("compiled"). Medians of CUDA events. The engine needs
none of this.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "open-checkpoint"))

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths  # noqa: E402
from open_moda.networks.motion_generator import FRAMES, KEYPOINTS as KEYPOINT_CHANNELS, MOTION, MotionGenerator, MotionWidths  # noqa: E402
from open_moda.networks.render import RenderNetworks  # noqa: E402
from open_moda.networks.widths import RenderWidths  # noqa: E402

KEYPOINTS = 21
SOURCE_SIZE = 256


@dataclass(frozen=True)
class Work:
    """A forward that both sides run, named as `moda bench` names it."""

    name: str
    module: nn.Module
    inputs: tuple[Tensor, ...]


def published_shapes() -> dict[str, dict[str, Tensor]]:
    """Tensors without values, by module, from the list that the tests use."""
    manifest = json.loads((ROOT / "tests" / "data" / "manifest.json").read_text())["full"]
    return {module: {name: torch.empty(shape, device="meta") for name, shape in tensors.items()} for module, tensors in manifest.items()}


class Rendering(nn.Module):
    """Warping and SPADE, from features and keypoints to images."""

    def __init__(self, networks: RenderNetworks) -> None:
        super().__init__()
        self.warping = networks.warping_module
        self.spade = networks.spade_generator

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> Tensor:
        """[N, 3, 512, 512] in [0, 1]."""
        return self.spade(self.warping(volume, driving, source).features)


class Warping(nn.Module):
    """The warping network's features."""

    def __init__(self, networks: RenderNetworks) -> None:
        super().__init__()
        self.warping = networks.warping_module

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> Tensor:
        """[N, C, 64, 64]."""
        return self.warping(volume, driving, source).features


class Encoding(nn.Module):
    """The audio encoder for a number of frames."""

    def __init__(self, encoder: AudioEncoder, frames: int) -> None:
        super().__init__()
        self.encoder, self.frames = encoder, frames

    def forward(self, samples: Tensor) -> Tensor:
        """[1, samples] to [1, frames, layers, C]."""
        return self.encoder(samples, self.frames)


def speech_works(device: torch.device, dtype: torch.dtype) -> list[Work]:
    """The audio encoder, and one guided step of the motion generator."""
    torch.manual_seed(0)
    shapes = published_shapes()
    encoder = ready(AudioEncoder(AudioWidths.of(shapes["audio_encoder"], heads=12)), device, dtype)
    found = [
        Work(f"hubert {seconds} s", Encoding(encoder, 25 * seconds), (random((1, 16_000 * seconds + 80), device, dtype),))
        for seconds in (4, 60)]
    widths = MotionWidths.of(shapes["motion_generator"])
    step = (
        random((2, FRAMES, 2 * MOTION), device, dtype), torch.tensor([500.0, 500.0], device=device, dtype=dtype),
        random((2, FRAMES, widths.audio_layers, widths.audio), device, dtype), torch.tensor([8, 4], device=device),
        random((2, KEYPOINT_CHANNELS), device, dtype))
    return [*found, Work("step", ready(MotionGenerator(widths), device, dtype), step)]


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """A network to be run, its weights channels-last."""
    network = network.eval().requires_grad_(False).to(device, dtype)
    for parameter in network.parameters():
        parameter.data = channels_last(parameter.data)
    return network


def render_works(device: torch.device, dtype: torch.dtype, batches: list[int]) -> list[Work]:
    """The render networks, one by one and together."""
    torch.manual_seed(0)
    networks = RenderNetworks(RenderWidths.of(published_shapes()))
    ready(networks, device, dtype)
    image = random((1, 3, SOURCE_SIZE, SOURCE_SIZE), device, dtype)
    with torch.inference_mode():
        volume = networks.appearance_feature_extractor(image)
        keypoints = [random((1, KEYPOINTS, 3), device, dtype) for _ in range(2)]
        features = networks.warping_module(volume, *keypoints).features
    found = [
        Work("warping", Warping(networks), (volume, *keypoints)),
        Work("spade", networks.spade_generator, (features,)),
        Work("appearance", networks.appearance_feature_extractor, (image,)),
        Work("motion extractor", networks.motion_extractor, (image,)),
    ]
    for batch in batches:
        inputs = tuple(channels_last(value.expand(batch, *value.shape[1:]).contiguous()) for value in (volume, *keypoints))
        found.append(Work(f"{batch} frame{'s' if batch > 1 else ''} to bytes", Rendering(networks), inputs))
    return found


def random(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> Tensor:
    """Uniform in [0, 1)."""
    return channels_last(torch.rand(shape, device=device).to(dtype))


def channels_last(values: Tensor) -> Tensor:
    """Maps and volumes with their channels last in memory; other tensors as they are."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    return values.contiguous(memory_format=formats[values.dim()]) if values.dim() in formats else values


@torch.inference_mode()
def milliseconds(run: Callable[..., object], inputs: tuple[Tensor, ...], seconds: float) -> float:
    """The median time of a run."""
    cuda = inputs[0].is_cuda
    for _ in range(3):
        run(*inputs)
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        if cuda:
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            run(*inputs)
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end))
        else:
            start_time = time.perf_counter()
            run(*inputs)
            times.append(1e3 * (time.perf_counter() - start_time))
    return statistics.median(times)


def engine_milliseconds(moda: str, device: str) -> dict[str, float]:
    """What `moda bench full` prints, by name."""
    printed = subprocess.run([moda, "bench", "full ", "--device", device], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^full (.+?)\s{2,}[\d.]+ \S+\s+[\d.]+\s+[\d.]+\s+([\d.]+)\s", printed, re.MULTILINE)
    return {name: float(value) for name, value in rows}


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moda", default=str(ROOT / "moda"), help="the command line of the engine")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8], help="frames at once; `moda bench` times 1, 4 and 8")
    parser.add_argument("--only", nargs="+", help="the networks to compare, as the table names them; all when left out")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each measurement")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="PyTorch's on a CPU; left to itself it takes one for two that share a core")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out, which takes a minute")
    arguments = parser.parse_args()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    torch.backends.cudnn.benchmark = True
    torch.set_num_threads(arguments.threads)
    engine = engine_milliseconds(arguments.moda, device.type)
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if cuda else 'the CPU'}, {'float16' if cuda else 'float32'}\n")
    print("| | engine, ms | eager, ms | compiled, ms | eager / engine | compiled / engine |\n|---|---|---|---|---|---|")
    dtype = torch.float16 if cuda else torch.float32
    for work in [*speech_works(device, dtype), *render_works(device, dtype, arguments.batches)]:
        if arguments.only and work.name not in arguments.only:
            continue
        eager = milliseconds(work.module, work.inputs, arguments.seconds)
        compiled = None
        if not arguments.no_compile:
            compiled = milliseconds(torch.compile(work.module, mode="reduce-overhead"), work.inputs, arguments.seconds)
        own = engine.get(work.name)
        print("| " + " | ".join([
            work.name, cell(own), cell(eager), cell(compiled), ratio(eager, own), ratio(compiled, own)]) + " |", flush=True)


def cell(value: float | None) -> str:
    """A time, or nothing."""
    return "" if value is None else f"{value:.3g}"


def ratio(peer: float | None, own: float | None) -> str:
    """How many times as long the peer takes."""
    return "" if peer is None or own is None else f"{peer / own:.2f}"


if __name__ == "__main__":
    main()
