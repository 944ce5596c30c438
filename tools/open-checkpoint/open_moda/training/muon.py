"""The Muon optimizer: momentum whose matrices are made orthogonal, and AdamW for everything that is no matrix."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_STEPS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration of Jordan et al. (2024), which brings singular values near 1 without finding them."""


def orthogonalised(matrices: Tensor) -> Tensor:
    """Each of [N, rows, columns] with all its singular values near 1."""
    wide = matrices if matrices.shape[1] <= matrices.shape[2] else matrices.transpose(1, 2)
    x = wide / (wide.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_STEPS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrices else x.transpose(1, 2)


class Muon(torch.optim.Optimizer):
    """Muon for weights of two or more dimensions, seen as [outputs, rest]; updates are as large as AdamW's would be.

    Weights of one shape are updated together, so that a step takes few launches. The rate may be a tensor, so that a graph can be captured.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float | Tensor, momentum: float = 0.95, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Updates all weights that have gradients."""
        for group in self.param_groups:
            by_shape: dict[tuple[int, int], list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape.setdefault((parameter.shape[0], parameter[0].numel()), []).append(parameter)
            for (rows, columns), parameters in by_shape.items():
                updates = []
                for parameter in parameters:
                    state = self.state[parameter]
                    if "momentum" not in state:
                        state["momentum"] = torch.zeros_like(parameter)
                    state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                    updates.append(torch.lerp(parameter.grad, state["momentum"], group["momentum"]).reshape(rows, columns))
                size = group["lr"] * 0.2 * max(rows, columns) ** 0.5
                for parameter, update in zip(parameters, orthogonalised(torch.stack(updates))):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.sub_(update.reshape(parameter.shape) * size)
