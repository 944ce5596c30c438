"""The appearance feature extractor: a source image to a feature volume."""

from __future__ import annotations

from torch import Tensor, nn

from open_moda.networks.blocks import DownBlock2d, ResidualBlock3d, SameBlock
from open_moda.networks.widths import RenderWidths


class AppearanceFeatureExtractor(nn.Module):
    """[N, 3, 256, 256] in [0, 1] to [N, volume, depth, 64, 64]."""

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        self.volume_shape = (widths.volume, widths.depth)
        self.first = SameBlock(3, widths.first)
        channels = (widths.first, *widths.down)
        self.down_blocks = nn.ModuleList(DownBlock2d(*pair) for pair in zip(channels, channels[1:]))
        self.second = nn.Conv2d(channels[-1], widths.volume * widths.depth, 1)
        self.resblocks_3d = nn.Sequential()
        for index in range(widths.volume_blocks):
            self.resblocks_3d.add_module(f"3dr{index}", ResidualBlock3d(widths.volume))

    def forward(self, image: Tensor) -> Tensor:
        maps = self.first(image)
        for block in self.down_blocks:
            maps = block(maps)
        maps = self.second(maps)
        volume = maps.reshape(maps.shape[0], *self.volume_shape, *maps.shape[2:])
        return self.resblocks_3d(volume)
