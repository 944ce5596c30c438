"""The engine's synthetic weights and inputs: values that any language can compute."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy
import torch
from torch import Tensor

_MASK = (1 << 64) - 1


def unit_values(name: str, count: int) -> numpy.ndarray:
    """The first values in [-1, 1) of a name's sequence, in float64."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & _MASK
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(state) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.float64) * 2.0 ** -23 - 1


def transformer_weights(manifest: Path, preset: str, module: str) -> dict[str, Tensor]:
    """The weights of the audio encoder or the motion generator; the other networks have rules of their own."""
    weights = {}
    for name, shape in json.loads(manifest.read_text())[preset][module].items():
        count = math.prod(shape)
        center, half_range = _range(name, shape, count)
        values = (center + half_range * unit_values(f"{module}/{name}", count)).astype(numpy.float32)
        weights[name] = torch.from_numpy(values).reshape(shape)
    return weights


def _range(name: str, shape: list[int], count: int) -> tuple[float, float]:
    if name.endswith("bias"):
        return 0, 0.1
    if name.endswith("embedding_table.weight") or name.startswith("null_"):
        return 0, 1
    if len(shape) <= 1:
        return 1, 0.2
    gain = math.sqrt(2) if len(shape) >= 3 else 1
    return 0, gain * math.sqrt(3 * shape[0] / count)
