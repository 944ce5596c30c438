"""Parity cases: what these networks compute in float64 from given inputs, for `moda parity` to hold the engine against."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import Tensor

from open_moda import safetensors

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class GeneratedInput:
    """An input that the engine computes by itself instead of reading it from the case."""

    name: str
    shape: tuple[int, ...]
    center: float
    half_range: float

    def values(self) -> Tensor:
        """The values in float32, which both sides see exactly alike."""
        state = 0xCBF29CE484222325
        for byte in f"input/{self.name}".encode():
            state = ((state ^ byte) * 0x100000001B3) & _MASK
        count = int(numpy.prod(self.shape))
        with numpy.errstate(over="ignore"):
            z = numpy.uint64(state) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
            z = z ^ (z >> numpy.uint64(31))
        unit = (z >> numpy.uint64(40)).astype(numpy.float64) * 2.0 ** -23 - 1
        return torch.from_numpy((self.center + self.half_range * unit).astype(numpy.float32)).reshape(self.shape)


def write_case(
    path: Path,
    kind: str,
    weights: Path,
    outputs: Mapping[str, Tensor],
    generated: Mapping[str, GeneratedInput] | None = None,
    stored: Mapping[str, Tensor] | None = None,
    strides: Mapping[str, int] | None = None,
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Writes one case.

    kind: the name of the case in the engine (`warping`, `hubert`, ...).
    weights: the folder of weights; the case names it relative to itself.
    outputs: what was computed; every n-th element of the flattened tensor is kept where `strides` says n.
    parameters: what this kind of case needs besides, as JSON values.
    """
    strides = dict(strides or {})
    metadata = {
        "case": kind,
        "weights": os.path.relpath(weights, path.parent),
        "weights_seed": "0",
        "generated_inputs": json.dumps({
            name: {"name": source.name, "shape": list(source.shape), "center": source.center, "half_range": source.half_range}
            for name, source in (generated or {}).items()
        }),
        "output_stride": json.dumps(strides),
        **{name: json.dumps(value) for name, value in (parameters or {}).items()},
    }
    tensors = {f"input.{name}": tensor.float() for name, tensor in (stored or {}).items()}
    for name, tensor in outputs.items():
        stride = strides.get(name, 1)
        kept = tensor.detach().float()
        tensors[f"output.{name}"] = kept.reshape(-1)[::stride].clone() if stride > 1 else kept
    path.parent.mkdir(parents=True, exist_ok=True)
    safetensors.write(path, tensors, metadata)
