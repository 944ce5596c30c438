"""Loads the audio encoder and the motion generator from what the trainings write, or from a folder of weights as the engine reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from open_moda import safetensors
from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths
from open_moda.networks.motion_generator import MotionGenerator, MotionWidths
from open_moda.render_weights import by_module


@dataclass(frozen=True)
class SpeechNetworks:
    """Both networks in float32 and evaluation mode, and the statistics of motion [70]."""

    encoder: AudioEncoder
    generator: MotionGenerator
    mean: Tensor
    deviation: Tensor

    def to(self, device: torch.device) -> SpeechNetworks:
        """The same on a device."""
        return SpeechNetworks(self.encoder.to(device), self.generator.to(device), self.mean.to(device), self.deviation.to(device))

    def normalise(self, motion: Tensor) -> Tensor:
        """As the engine does."""
        return (motion - self.mean) / (self.deviation + 1e-5)

    def denormalise(self, motion: Tensor) -> Tensor:
        """The inverse."""
        return motion * (self.deviation + 1e-5) + self.mean


def load_folder(folder: Path) -> SpeechNetworks:
    """Those of a folder with `moda.json`."""
    described = json.loads((folder / "moda.json").read_text())
    statistics = described["motion_statistics"]
    audio, motion = (safetensors.read(folder / described["networks"][name]["file"])[0] for name in ("audio_encoder", "motion_generator"))
    return _build(audio, described["audio_encoder"]["attention_heads"], motion, statistics["mean"], statistics["std"])


def load_trained(audio: Path, motion: Path) -> SpeechNetworks:
    """Those that `train_audio.py` and `train_motion.py` have written."""
    audio_tensors, audio_metadata = safetensors.read(audio)
    motion_tensors, motion_metadata = safetensors.read(motion)
    return _build(
        by_module(audio_tensors)["audio_encoder"], json.loads(audio_metadata["audio_encoder"])["attention_heads"],
        by_module(motion_tensors)["motion_generator"], json.loads(motion_metadata["motion_mean"]), json.loads(motion_metadata["motion_std"]))


def _build(
        audio: dict[str, Tensor], heads: int, motion: dict[str, Tensor], mean: list[float], deviation: list[float]) -> SpeechNetworks:
    encoder, generator = AudioEncoder(AudioWidths.of(audio, heads)), MotionGenerator(MotionWidths.of(motion))
    for network, tensors in ((encoder, audio), (generator, motion)):
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        network.eval().requires_grad_(False)
    return SpeechNetworks(encoder, generator, torch.tensor(mean), torch.tensor(deviation))
