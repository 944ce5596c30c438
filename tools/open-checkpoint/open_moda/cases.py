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
from open_moda.synthetic import unit_values


@dataclass(frozen=True)
class GeneratedInput:
    """An input that the engine computes by itself instead of reading it from the case."""

    name: str
    shape: tuple[int, ...]
    center: float
    half_range: float

    def values(self) -> Tensor:
        """The values in float32, which both sides see exactly alike."""
        unit = unit_values(f"input/{self.name}", int(numpy.prod(self.shape)))
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
