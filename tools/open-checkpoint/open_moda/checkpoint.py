"""Writes a folder of weights as the engine reads it: one safetensors file a network, and `moda.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from open_moda import safetensors

NETWORKS = (
    "audio_encoder", "motion_generator", "appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator",
    "stitching_retargeting")
"""The networks in the order of `moda.json`."""

_ELEMENT_TYPES = {torch.float16: "F16", torch.float32: "F32"}


@dataclass(frozen=True)
class AudioEncoderSettings:
    """What an audio encoder's tensors do not say."""

    attention_heads: int
    model_type: str = "hubert"
    convolution_strides: Sequence[int] = (5, 2, 2, 2, 2, 2, 2)
    layer_norm_epsilon: float = 1e-5
    normalizes_input: bool = True
    sampling_rate: int = 16000


@dataclass(frozen=True)
class MotionStatistics:
    """Mean and standard deviation of the 70 motion dimensions."""

    mean: Sequence[float]
    std: Sequence[float]
    source: str


def canonical(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict without what the engine has no use for."""
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def write_network(folder: Path, name: str, state: Mapping[str, Tensor], dtype: torch.dtype = torch.float16) -> Path:
    """Writes one network's file.

    Raises ValueError where a value is not finite, or would not be in `dtype`.
    """
    tensors = {}
    for key, tensor in canonical(state).items():
        stored = tensor.detach().cpu().to(dtype)
        if not torch.isfinite(stored.float()).all():
            raise ValueError(f"{name}: '{key}' has values that {dtype} cannot hold; its largest is {tensor.abs().max().item():.3g}.")
        tensors[key] = stored
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    safetensors.write(path, tensors)
    return path


def describe(
    folder: Path,
    origin: str,
    audio_encoder: AudioEncoderSettings,
    statistics: MotionStatistics,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Writes `moda.json` for the networks whose files are in the folder."""
    networks = {}
    element_types = set()
    for name in NETWORKS:
        path = folder / f"{name}.safetensors"
        if not path.exists():
            continue
        tensors, _ = safetensors.read(path)
        element_types |= {_ELEMENT_TYPES[tensor.dtype] for tensor in tensors.values()}
        networks[name] = {
            "file": path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "tensors": len(tensors),
            "parameters": sum(tensor.numel() for tensor in tensors.values()),
            "sources": list((sources or {}).get(name, [])),
            "sizes": {},
        }
    if len(element_types) != 1:
        raise ValueError(f"The files in {folder} have element types {sorted(element_types)}; a set has one.")
    document = {
        "format": "moda-weights",
        "version": 1,
        "origin": origin,
        "element_type": element_types.pop(),
        "networks": networks,
        "audio_encoder": {
            "model_type": audio_encoder.model_type,
            "attention_heads": audio_encoder.attention_heads,
            "convolution_strides": list(audio_encoder.convolution_strides),
            "layer_norm_epsilon": audio_encoder.layer_norm_epsilon,
            "normalizes_input": audio_encoder.normalizes_input,
            "sampling_rate": audio_encoder.sampling_rate,
        },
        "motion_statistics": {
            "source": statistics.source,
            "mean": [float(value) for value in statistics.mean],
            "std": [float(value) for value in statistics.std],
        },
    }
    path = folder / "moda.json"
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path
