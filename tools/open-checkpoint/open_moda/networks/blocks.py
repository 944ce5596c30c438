"""Blocks that several render networks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class SameBlock(nn.Module):
    """3 x 3 convolution, batch norm and (leaky) ReLU at one resolution."""

    def __init__(self, inputs: int, outputs: int, slope: float = 0.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)
        self.slope = slope

    def forward(self, maps: Tensor) -> Tensor:
        return functional.leaky_relu(self.norm(self.conv(maps)), self.slope)


class DownBlock2d(nn.Module):
    """Convolution, batch norm, ReLU, and the average of 2 x 2 positions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        return functional.avg_pool2d(functional.relu(self.norm(self.conv(maps))), 2)


class DownBlock3d(nn.Module):
    """`DownBlock2d` over volumes: depth keeps its extent."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, volume: Tensor) -> Tensor:
        return functional.avg_pool3d(functional.relu(self.norm(self.conv(volume))), (1, 2, 2))


class UpBlock3d(nn.Module):
    """Twice the height and width (nearest), convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, volume: Tensor) -> Tensor:
        larger = functional.interpolate(volume, scale_factor=(1, 2, 2))
        return functional.relu(self.norm(self.conv(larger)))


class ResidualBlock3d(nn.Module):
    """Batch norm, ReLU, convolution, twice, and the input added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm3d(channels)
        self.norm2 = nn.BatchNorm3d(channels)

    def forward(self, volume: Tensor) -> Tensor:
        hidden = self.conv1(functional.relu(self.norm1(volume)))
        return volume + self.conv2(functional.relu(self.norm2(hidden)))


def coordinate_grid(depth: int, height: int, width: int, like: Tensor) -> Tensor:
    """x, y, z of all voxels, each from -1 to 1 over voxel centres: [depth, height, width, 3]."""
    def axis(extent: int) -> Tensor:
        return torch.linspace(-1, 1, extent, dtype=like.dtype, device=like.device)

    z, y, x = torch.meshgrid(axis(depth), axis(height), axis(width), indexing="ij")
    return torch.stack((x, y, z), dim=-1)
