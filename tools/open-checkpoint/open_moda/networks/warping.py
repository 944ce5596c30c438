"""The warping network: moves a feature volume as the keypoints move."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda.networks.blocks import DownBlock3d, SameBlock, UpBlock3d, coordinate_grid
from open_moda.networks.widths import RenderWidths

GAUSSIAN_VARIANCE = 0.01


class Warped(NamedTuple):
    """What the warping network gives."""

    features: Tensor
    """[N, C, H, W], what SPADE decodes."""
    deformation: Tensor
    """[N, D, H, W, 3]: where each voxel is sampled."""
    occlusion: Tensor
    """[N, 1, H, W] in [0, 1]."""


class Hourglass(nn.Module):
    """A U-Net over volumes that keeps their depth."""

    def __init__(self, inputs: int, down: tuple[int, ...], up: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.decoder = nn.Module()
        levels = (inputs, *down)
        self.encoder.down_blocks = nn.ModuleList(DownBlock3d(*pair) for pair in zip(levels, levels[1:]))
        blocks = []
        channels = down[-1]
        for outputs, skip in zip(up, reversed(levels[:-1])):
            blocks.append(UpBlock3d(channels, outputs))
            channels = outputs + skip
        self.decoder.up_blocks = nn.ModuleList(blocks)
        self.decoder.conv = nn.Conv3d(channels, channels, 3, padding=1)
        self.decoder.norm = nn.BatchNorm3d(channels)
        self.outputs = channels

    def forward(self, volume: Tensor) -> Tensor:
        skips = [volume]
        for block in self.encoder.down_blocks:
            skips.append(block(skips[-1]))
        volume = skips.pop()
        for block in self.decoder.up_blocks:
            volume = torch.cat((block(volume), skips.pop()), dim=1)
        return functional.relu(self.decoder.norm(self.decoder.conv(volume)))


class DenseMotionNetwork(nn.Module):
    """From two sets of keypoints to a sampling position for every voxel, and an occlusion map."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        candidates = widths.keypoints + 1
        self.compress = nn.Conv3d(widths.volume, widths.compress, 1)
        self.norm = nn.BatchNorm3d(widths.compress)
        self.hourglass = Hourglass(candidates * (widths.compress + 1), widths.hourglass_down, widths.hourglass_up)
        self.mask = nn.Conv3d(self.hourglass.outputs, candidates, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.outputs * widths.depth, 1, 7, padding=3)

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """`driving` and `source` are [N, K, 3] in float32 or wider."""
        compressed = functional.relu(self.norm(self.compress(volume)))
        grid = coordinate_grid(*volume.shape[2:], like=driving)
        candidates = candidate_positions(grid, driving, source)
        sampled = sample_candidates(compressed, candidates)
        features = torch.cat((heatmaps(grid, driving, source).to(sampled.dtype), sampled), dim=2).flatten(1, 2)
        features = self.hourglass(match_layout(features, volume))
        weights = self.mask(features).to(candidates.dtype).softmax(dim=1)
        deformation = torch.einsum("nkdhw,nkdhwc->ndhwc", weights, candidates)
        flat = features.flatten(1, 2)
        occlusion = torch.sigmoid(self.occlusion(flat).to(driving.dtype))
        return deformation, occlusion


class WarpingNetwork(nn.Module):
    """Feature volume and keypoints to the maps that SPADE decodes."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        self.dense_motion_network = DenseMotionNetwork(widths)
        self.third = SameBlock(widths.volume * widths.depth, widths.feature, slope=0.01)
        self.fourth = nn.Conv2d(widths.feature, widths.feature, 1)

    def forward(self, volume: Tensor, driving: Tensor, source: Tensor) -> Warped:
        deformation, occlusion = self.dense_motion_network(volume, driving, source)
        moved = functional.grid_sample(volume.to(deformation.dtype), deformation, align_corners=False)
        maps = self.fourth(self.third(moved.flatten(1, 2)))
        return Warped(maps * occlusion.to(maps.dtype), deformation, occlusion)


def candidate_positions(grid: Tensor, driving: Tensor, source: Tensor) -> Tensor:
    """Where each candidate motion samples: the identity first, then one translation a keypoint. [N, K + 1, D, H, W, 3]."""
    shifts = source - driving
    shifts = torch.cat((torch.zeros_like(shifts[:, :1]), shifts), dim=1)
    return grid + shifts[:, :, None, None, None]


def sample_candidates(features: Tensor, candidates: Tensor) -> Tensor:
    """Samples [N, C, D, H, W] by every candidate: [N, K + 1, C, D, H, W]."""
    count = candidates.shape[1]
    repeated = features.to(candidates.dtype).repeat_interleave(count, dim=0)
    sampled = functional.grid_sample(repeated, candidates.flatten(0, 1), align_corners=False)
    return sampled.unflatten(0, (-1, count)).to(features.dtype)


def heatmaps(grid: Tensor, driving: Tensor, source: Tensor) -> Tensor:
    """Gaussians around the driving keypoints minus those around the source's, zero for the identity. [N, K + 1, 1, D, H, W]."""
    def gaussian(points: Tensor) -> Tensor:
        # The exponential of a sum is a product of three short rows.
        rows = (grid[0, 0, :, 0], grid[0, :, 0, 1], grid[:, 0, 0, 2])
        x, y, z = (torch.exp(-0.5 / GAUSSIAN_VARIANCE * (row - points[..., axis, None]) ** 2) for axis, row in enumerate(rows))
        return z[..., :, None, None] * y[..., None, :, None] * x[..., None, None, :]

    difference = gaussian(driving) - gaussian(source)
    background = torch.zeros_like(difference[:, :1])
    return torch.cat((background, difference), dim=1)[:, :, None]


def match_layout(volume: Tensor, like: Tensor) -> Tensor:
    """`volume` with channels last in memory where `like` has them so."""
    if like.is_contiguous(memory_format=torch.channels_last_3d) and not like.is_contiguous():
        return volume.contiguous(memory_format=torch.channels_last_3d)
    return volume
