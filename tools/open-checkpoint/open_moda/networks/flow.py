"""Flow matching as the engine walks it: one segment, from noise to motion."""

from __future__ import annotations

import torch
from torch import Tensor

from open_moda.networks.motion_generator import NO_EMOTION, MotionGenerator

HIGHEST_TIMESTEP = 1000


def noisy(motion: Tensor, noise: Tensor, level: Tensor) -> Tensor:
    """Motion [N, T, 70] at noise levels [N] from 0 to 1."""
    level = level[:, None, None]
    return (1 - level) * motion + level * noise


def timesteps(level: Tensor) -> Tensor:
    """What the network is told of noise levels."""
    return level * HIGHEST_TIMESTEP


@torch.no_grad()
def sample_segment(
        network: MotionGenerator, previous: Tensor, audio: Tensor, emotions: Tensor, keypoints: Tensor, noise: Tensor, guidance: float = 1.2,
        steps: int = 10, levels: float = 1 - 1 / HIGHEST_TIMESTEP) -> Tensor:
    """Samples a segment: previous [N, 70], audio [N, T, layers, C], emotions [N], keypoints [N, 63], noise [N, T, 70] to [N, T, 70].

    levels: the range of noise levels that the steps share, from that of the last timestep to that of the first.
    """
    before = previous[:, None].expand_as(noise)
    silence = network.without_speech(audio)
    no_emotion = torch.full_like(emotions, NO_EMOTION)
    motion = noise
    spread = torch.linspace(HIGHEST_TIMESTEP, 1, steps)
    length = levels / (steps - 1)
    for timestep in spread:
        level = timestep.item() / HIGHEST_TIMESTEP
        told = torch.full((noise.shape[0],), timestep.item(), device=noise.device, dtype=noise.dtype)
        joined = torch.cat((before, motion), dim=-1)
        velocity = network(joined, told, audio, emotions, keypoints)
        if guidance > 1:
            without = network(joined, told, silence, no_emotion, keypoints)
            velocity = without + guidance * (velocity - without)
        motion = motion + velocity * (max(level - length, 0) - level)
    return motion
