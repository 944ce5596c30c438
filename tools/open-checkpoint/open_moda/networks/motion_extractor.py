"""The motion extractor: a ConvNeXt V2 that reads canonical keypoints, head pose and expression from an image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda.networks.widths import RenderWidths

BINS = 66
BIN_DEGREES = 3.0
FIRST_BIN_DEGREES = -97.5
EPSILON = 1e-6


class MotionPrediction(NamedTuple):
    """What the extractor reads, in the names of the parity cases."""

    pitch: Tensor
    """[N, 66] logits."""
    yaw: Tensor
    roll: Tensor
    t: Tensor
    """[N, 3]."""
    exp: Tensor
    """[N, 63]."""
    scale: Tensor
    """[N, 1]."""
    kp: Tensor
    """[N, 63], canonical."""

    def pose(self) -> Tensor:
        """Pitch, yaw and roll in degrees, [N, 3]."""
        return torch.stack([degrees(logits) for logits in (self.pitch, self.yaw, self.roll)], dim=1)


def degrees(logits: Tensor) -> Tensor:
    """The expected angle of logits over the bins, [N]."""
    bins = torch.arange(BINS, dtype=logits.dtype, device=logits.device)
    return (logits.softmax(dim=1) * bins).sum(dim=1) * BIN_DEGREES + FIRST_BIN_DEGREES


def bin_distribution(angle: Tensor) -> Tensor:
    """The probabilities of two neighbouring bins whose expectation is the angle: [N] degrees to [N, 66]."""
    position = ((angle - FIRST_BIN_DEGREES) / BIN_DEGREES).clamp(0, BINS - 1)
    bins = torch.arange(BINS, dtype=angle.dtype, device=angle.device)
    return (1 - (position[:, None] - bins).abs()).clamp(min=0)


class MapNorm(nn.Module):
    """Layer norm over the channels of [N, C, H, W]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, maps: Tensor) -> Tensor:
        last = maps.permute(0, 2, 3, 1)
        return functional.layer_norm(last, last.shape[3:], self.weight, self.bias, EPSILON).permute(0, 3, 1, 2)


class ResponseNorm(nn.Module):
    """Global response normalisation of [N, H, W, C]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, maps: Tensor) -> Tensor:
        wide = maps.float() if maps.dtype in (torch.float16, torch.bfloat16) else maps
        strength = torch.linalg.vector_norm(wide, dim=(1, 2), keepdim=True)
        relative = (strength / (strength.mean(dim=3, keepdim=True) + EPSILON)).to(maps.dtype)
        return maps + self.gamma * (maps * relative) + self.beta


class ConvNextBlock(nn.Module):
    """Depthwise 7 x 7, layer norm, an MLP with GELU and response norm; the input is added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = ResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)

    def forward(self, maps: Tensor) -> Tensor:
        hidden = self.norm(self.dwconv(maps).permute(0, 2, 3, 1))
        hidden = self.pwconv2(self.grn(functional.gelu(self.pwconv1(hidden))))
        return maps + hidden.permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    """The backbone and its heads."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        channels = widths.extractor_channels
        stem = nn.Sequential(nn.Conv2d(3, channels[0], 4, stride=4), MapNorm(channels[0]))
        halvings = [nn.Sequential(MapNorm(a), nn.Conv2d(a, b, 2, stride=2)) for a, b in zip(channels, channels[1:])]
        self.downsample_layers = nn.ModuleList([stem, *halvings])
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNextBlock(width) for _ in range(count)))
            for width, count in zip(channels, widths.extractor_blocks))
        self.norm = nn.LayerNorm(channels[-1], eps=EPSILON)
        self.fc_kp = nn.Linear(channels[-1], 3 * widths.keypoints)
        self.fc_scale = nn.Linear(channels[-1], 1)
        self.fc_pitch = nn.Linear(channels[-1], BINS)
        self.fc_yaw = nn.Linear(channels[-1], BINS)
        self.fc_roll = nn.Linear(channels[-1], BINS)
        self.fc_t = nn.Linear(channels[-1], 3)
        self.fc_exp = nn.Linear(channels[-1], 3 * widths.keypoints)

    def forward(self, image: Tensor) -> MotionPrediction:
        maps = image
        for downsample, stage in zip(self.downsample_layers, self.stages):
            maps = stage(downsample(maps))
        features = self.norm(maps.mean(dim=(2, 3)))
        return MotionPrediction(
            self.fc_pitch(features), self.fc_yaw(features), self.fc_roll(features), self.fc_t(features),
            self.fc_exp(features), self.fc_scale(features), self.fc_kp(features))


class MotionExtractor(nn.Module):
    """[N, 3, 256, 256] in [0, 1] to a `MotionPrediction`."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        self.detector = ConvNext(widths)

    def forward(self, image: Tensor) -> MotionPrediction:
        return self.detector(image)
