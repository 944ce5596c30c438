"""Exponentially averaged weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class AveragedWeights:
    """A copy of a network whose parameters follow the trained ones slowly. Its buffers are copied."""

    def __init__(self, network: nn.Module, decay: float = 0.999) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Takes a step's weights in; the first ones count more."""
        decay = min(self.decay, (1 + step) / (10 + step))
        own: list[Tensor] = [parameter for parameter in self.network.parameters()]
        new: list[Tensor] = [parameter.detach() for parameter in network.parameters()]
        torch._foreach_mul_(own, decay)
        torch._foreach_add_(own, new, alpha=1 - decay)
        for mine, theirs in zip(self.network.buffers(), network.buffers()):
            mine.copy_(theirs)
