"""The SPADE generator: warped features to an image of eight times their extent."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda.networks.widths import RenderWidths

SLOPE = 0.2


class Spade(nn.Module):
    """Instance norm, scaled and shifted by what convolutions read from a segmentation map (here the warped features)."""

    def __init__(self, channels: int, segmentation: int, hidden: int) -> None:
        super().__init__()
        self.mlp_shared = nn.Sequential(nn.Conv2d(segmentation, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, normalised: Tensor, segmentation: Tensor) -> Tensor:
        """`normalised` has gone through the instance norm, `segmentation` has its extents."""
        hidden = self.mlp_shared(segmentation)
        weight = torch.cat((self.mlp_gamma.weight, self.mlp_beta.weight))
        bias = torch.cat((self.mlp_gamma.bias, self.mlp_beta.bias))
        gamma, beta = functional.conv2d(hidden, weight, bias, padding=1).chunk(2, dim=1)
        return normalised * (1 + gamma) + beta


class SpadeResidualBlock(nn.Module):
    """Norm, LeakyReLU, convolution, twice; the shortcut is learned where channels change."""

    def __init__(self, inputs: int, middle: int, outputs: int, segmentation: int, hidden: int) -> None:
        super().__init__()
        self.conv_0 = nn.Conv2d(inputs, middle, 3, padding=1)
        self.conv_1 = nn.Conv2d(middle, outputs, 3, padding=1)
        self.norm_0 = Spade(inputs, segmentation, hidden)
        self.norm_1 = Spade(middle, segmentation, hidden)
        self.learned_shortcut = inputs != outputs
        if self.learned_shortcut:
            self.conv_s = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.norm_s = Spade(inputs, segmentation, hidden)

    def forward(self, maps: Tensor, segmentation: Tensor) -> Tensor:
        normalised = instance_norm(maps)
        hidden = self.conv_0(functional.leaky_relu(self.norm_0(normalised, segmentation), SLOPE))
        hidden = self.conv_1(functional.leaky_relu(self.norm_1(instance_norm(hidden), segmentation), SLOPE))
        shortcut = self.conv_s(self.norm_s(normalised, segmentation)) if self.learned_shortcut else maps
        return shortcut + hidden


class SpadeGenerator(nn.Module):
    """[N, feature, 64, 64] to [N, 3, 512, 512] in [0, 1]."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        self.fc = nn.Conv2d(widths.feature, widths.middle, 3, padding=1)
        for index in range(6):
            block = SpadeResidualBlock(widths.middle, widths.middle, widths.middle, widths.feature, widths.hidden)
            self.add_module(f"G_middle_{index}", block)
        self.up_0 = SpadeResidualBlock(widths.middle, widths.up0, widths.up0, widths.feature, widths.up0_hidden)
        self.up_1 = SpadeResidualBlock(widths.up0, widths.up1_middle, widths.up1, widths.feature, widths.up1_hidden)
        self.conv_img = nn.Sequential(nn.Conv2d(widths.up1, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Tensor) -> Tensor:
        maps = self.fc(features)
        for index in range(6):
            maps = self.get_submodule(f"G_middle_{index}")(maps, features)
        for scale, block in ((2, self.up_0), (4, self.up_1)):
            maps = block(functional.interpolate(maps, scale_factor=2), functional.interpolate(features, scale_factor=scale))
        image = self.conv_img(functional.leaky_relu(maps, SLOPE))
        return torch.sigmoid(image)


def instance_norm(maps: Tensor) -> Tensor:
    """Zero mean and unit variance of each channel of each image; the statistics in float32 or wider."""
    wide = maps.float() if maps.dtype in (torch.float16, torch.bfloat16) else maps
    variance, mean = torch.var_mean(wide, dim=(2, 3), unbiased=False, keepdim=True)
    return ((wide - mean) * torch.rsqrt(variance + 1e-5)).to(maps.dtype)
