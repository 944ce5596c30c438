"""Stitching and the lip and eye retargeting: three small MLPs whose sizes the reference fixes."""

from __future__ import annotations

from torch import Tensor, nn


class RetargetingMlp(nn.Module):
    """Linear layers with ReLU between."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential()
        for index, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
            if index > 0:
                self.mlp.append(nn.ReLU())
            self.mlp.append(nn.Linear(inputs, outputs))

    def forward(self, features: Tensor) -> Tensor:
        return self.mlp(features)


class StitchingRetargeting(nn.Module):
    """The three MLPs of `stitching_retargeting`."""

    def __init__(self) -> None:
        super().__init__()
        self.stitching = RetargetingMlp(126, 128, 128, 64, 65)
        self.lip = RetargetingMlp(65, 128, 128, 64, 63)
        self.eye = RetargetingMlp(66, 256, 256, 128, 128, 64, 63)
