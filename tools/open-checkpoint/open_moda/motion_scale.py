"""Motion as the motion generator has it: every dimension less its mean, over its deviation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_EPSILON = 1e-5
"""Added to deviations, as the engine does."""


@dataclass(frozen=True)
class MotionScale:
    """Mean and deviation [70]."""

    mean: Tensor
    deviation: Tensor

    def to(self, device: torch.device) -> MotionScale:
        """The same on a device."""
        return MotionScale(self.mean.to(device), self.deviation.to(device))

    def normalise(self, motion: Tensor) -> Tensor:
        """[..., 70] to [..., 70], as the engine does."""
        return (motion - self.mean) / (self.deviation + _EPSILON)

    def denormalise(self, motion: Tensor) -> Tensor:
        """The inverse."""
        return motion * (self.deviation + _EPSILON) + self.mean
