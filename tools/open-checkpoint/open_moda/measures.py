"""How alike two tracks are."""

from __future__ import annotations

from torch import Tensor


def correlation(values: Tensor, others: Tensor) -> Tensor:
    """Pearson's over the last dimension: [..., F] twice to [...] in float64."""
    values, others = (part.double() - part.double().mean(dim=-1, keepdim=True) for part in (values, others))
    return (values * others).sum(dim=-1) / (values.norm(dim=-1) * others.norm(dim=-1) + 1e-9)
