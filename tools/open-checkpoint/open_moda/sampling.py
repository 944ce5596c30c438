"""Motion for whole clips, sampled as the engine samples it: in segments that overlap."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from open_moda.networks.flow import sample_segment
from open_moda.networks.motion_generator import FRAMES, MOTION, MotionGenerator

OVERLAP = 16
STRIDE = FRAMES - OVERLAP
_SCALE = 63


def segment_count(frames: int) -> int:
    """The segments that some frames need."""
    return 1 if frames <= FRAMES else -(-(frames - FRAMES) // STRIDE) + 1


@torch.no_grad()
def sample_clip(
        network: MotionGenerator, previous: Tensor, audio: Tensor, emotions: Tensor, keypoints: Tensor,
        noise: Callable[[int], Tensor], **options: float) -> Tensor:
    """Normalised motion [N, F, 70] for N clips of one length.

    previous: [N, 70], normalised, the portraits' own motion. audio: [N, F, layers, C]. emotions: [N]. keypoints: [N, 63].
    noise: gives [N, 80, 70] for a segment's number. options: those of `sample_segment`.
    """
    frames = audio.shape[1]
    segments = segment_count(frames)
    audio = functional.pad(audio, (0, 0, 0, 0, 0, STRIDE * (segments - 1) + FRAMES - frames))
    shares = (torch.arange(OVERLAP, device=audio.device, dtype=audio.dtype) / OVERLAP)[:, None]
    joined = audio.new_zeros(audio.shape[0], 0, MOTION)
    for segment in range(segments):
        window = audio[:, segment * STRIDE:segment * STRIDE + FRAMES]
        motion = smooth_pose(sample_segment(network, previous, window, emotions, keypoints, noise(segment), **options))
        previous = motion[:, STRIDE - 1]
        if segment > 0:
            faded = joined[:, -OVERLAP:] * (1 - shares) + motion[:, :OVERLAP] * shares
            joined, motion = torch.cat((joined[:, :-OVERLAP], faded), dim=1), motion[:, OVERLAP:]
        joined = torch.cat((joined, motion), dim=1)
    return smooth_pose(joined[:, :frames])


def seeded_noise(count: int, seed: int, like: Tensor) -> Callable[[int], Tensor]:
    """Fresh noise for every segment, the same on every device."""
    random = torch.Generator().manual_seed(seed)
    return lambda _: torch.randn(count, FRAMES, MOTION, generator=random).to(like)


def smooth_pose(motion: Tensor) -> Tensor:
    """A centred mean of three frames of scale, translation and pose; of two at the ends."""
    pose = motion[..., _SCALE:].transpose(1, 2)
    smoothed = functional.avg_pool1d(pose, 3, stride=1, padding=1, count_include_pad=False).transpose(1, 2)
    return torch.cat((motion[..., :_SCALE], smoothed), dim=-1)
