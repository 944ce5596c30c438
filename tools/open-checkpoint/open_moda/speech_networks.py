"""Loads the audio encoder and the motion generator from what the trainings write, or from a folder of weights as the engine reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from open_moda import safetensors
from open_moda.motion_scale import MotionScale
from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths
from open_moda.networks.motion_generator import MotionGenerator, MotionWidths
from open_moda.render_weights import by_module

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class SpeechNetworks:
    """Both networks in float32 and evaluation mode, and the scale of the motion."""

    encoder: AudioEncoder
    generator: MotionGenerator
    scale: MotionScale

    def to(self, device: torch.device) -> SpeechNetworks:
        """The same on a device."""
        return SpeechNetworks(self.encoder.to(device), self.generator.to(device), self.scale.to(device))


def load_folder(folder: Path) -> SpeechNetworks:
    """Those of a folder with `moda.json`."""
    described = json.loads((folder / "moda.json").read_text())
    statistics = described["motion_statistics"]
    audio, motion = (safetensors.read(folder / described["networks"][name]["file"])[0] for name in ("audio_encoder", "motion_generator"))
    return SpeechNetworks(
        _encoder(audio, described["audio_encoder"]["attention_heads"]), _generator(motion),
        MotionScale(torch.tensor(statistics["mean"]), torch.tensor(statistics["std"])))


def load_trained(audio: Path, motion: Path) -> SpeechNetworks:
    """Those that `train_audio.py` and `train_motion.py` have written."""
    tensors, metadata = safetensors.read(motion)
    return SpeechNetworks(
        read_encoder(audio), _generator(by_module(tensors)["motion_generator"]),
        MotionScale(*(torch.tensor(json.loads(metadata[name])) for name in ("motion_mean", "motion_std"))))


def read_encoder(path: Path) -> AudioEncoder:
    """The audio encoder that `train_audio.py` has written, in float32 and evaluation mode."""
    tensors, metadata = safetensors.read(path)
    return _encoder(by_module(tensors)["audio_encoder"], json.loads(metadata["audio_encoder"])["attention_heads"])


def _encoder(tensors: dict[str, Tensor], heads: int) -> AudioEncoder:
    return _filled(AudioEncoder(AudioWidths.of(tensors, heads)), tensors)


def _generator(tensors: dict[str, Tensor]) -> MotionGenerator:
    return _filled(MotionGenerator(MotionWidths.of(tensors)), tensors)


def _filled(network: Network, tensors: dict[str, Tensor]) -> Network:
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return network.eval().requires_grad_(False)
