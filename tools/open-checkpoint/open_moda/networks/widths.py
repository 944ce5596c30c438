"""The widths of the render networks. The architecture is the reference's; only these numbers are ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import count, takewhile

from torch import Tensor


@dataclass(frozen=True)
class RenderWidths:
    """Channels of the four render networks.

    The defaults are those of the open checkpoint: about 0.26 s for warping and SPADE together on two AVX-512 cores.
    """

    # Appearance: maps at 256, 128 and 64, then a volume of `depth` slices of `volume` channels.
    first: int = 32
    down: tuple[int, int] = (64, 128)
    volume: int = 24
    depth: int = 8
    volume_blocks: int = 6

    # Dense motion: an hourglass of five levels over volumes.
    compress: int = 1
    hourglass_down: tuple[int, ...] = (32, 48, 64, 64, 64)
    hourglass_up: tuple[int, ...] = (64, 64, 48, 32, 20)

    # What SPADE decodes: maps at 64 x 64.
    feature: int = 128

    # SPADE: channels at 64, 128 and 256, and of the convolution between segmentation map and modulation at each of these.
    middle: int = 112
    up0: int = 64
    up1_middle: int = 48
    up1: int = 48
    hidden: int = 48
    up0_hidden: int = 48
    up1_hidden: int = 32

    # Motion extractor: channels and blocks of its four stages.
    extractor_channels: tuple[int, int, int, int] = (32, 64, 128, 192)
    extractor_blocks: tuple[int, int, int, int] = (2, 2, 4, 2)

    keypoints: int = 21

    def to_json(self) -> dict[str, object]:
        """The widths as JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, object]) -> RenderWidths:
        """The widths that `to_json` has written."""
        names = {field.name for field in fields(RenderWidths)}
        return RenderWidths(**{
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name in names
        })

    @staticmethod
    def of(tensors: Mapping[str, Mapping[str, Tensor]]) -> RenderWidths:
        """The widths of a checkpoint: tensors by name, by module."""
        appearance, extractor = tensors["appearance_feature_extractor"], tensors["motion_extractor"]
        warping, spade = tensors["warping_module"], tensors["spade_generator"]
        hourglass = "dense_motion_network.hourglass"

        def rows(module: Mapping[str, Tensor], pattern: str) -> tuple[int, ...]:
            names = (pattern.format(index) for index in count())
            return tuple(module[name].shape[0] for name in takewhile(module.__contains__, names))

        volume = appearance["resblocks_3d.3dr0.conv1.weight"].shape[0]
        return RenderWidths(
            first=appearance["first.conv.weight"].shape[0],
            down=rows(appearance, "down_blocks.{}.conv.weight"),
            volume=volume,
            depth=appearance["second.weight"].shape[0] // volume,
            volume_blocks=len(rows(appearance, "resblocks_3d.3dr{}.conv1.weight")),
            compress=warping["dense_motion_network.compress.weight"].shape[0],
            hourglass_down=rows(warping, hourglass + ".encoder.down_blocks.{}.conv.weight"),
            hourglass_up=rows(warping, hourglass + ".decoder.up_blocks.{}.conv.weight"),
            feature=warping["fourth.weight"].shape[0],
            middle=spade["fc.weight"].shape[0],
            up0=spade["up_0.conv_1.weight"].shape[0],
            up1_middle=spade["up_1.conv_0.weight"].shape[0],
            up1=spade["up_1.conv_1.weight"].shape[0],
            hidden=spade["G_middle_0.norm_0.mlp_shared.0.weight"].shape[0],
            up0_hidden=spade["up_0.norm_0.mlp_shared.0.weight"].shape[0],
            up1_hidden=spade["up_1.norm_0.mlp_shared.0.weight"].shape[0],
            extractor_channels=rows(extractor, "detector.stages.{}.0.dwconv.weight"),
            extractor_blocks=tuple(
                len(rows(extractor, f"detector.stages.{stage}.{{}}.dwconv.weight")) for stage in range(4)),
            keypoints=extractor["detector.fc_kp.weight"].shape[0] // 3,
        )


TINY = RenderWidths(
    first=8, down=(8, 16), volume=4, depth=4, hourglass_down=(8, 8, 8, 8, 8), hourglass_up=(8, 8, 8, 8, 4), feature=16,
    middle=16, up0=12, up1_middle=8, up1=8, hidden=8, up0_hidden=8, up1_hidden=8,
    extractor_channels=(8, 8, 16, 16), extractor_blocks=(1, 1, 1, 1))
"""Widths for quick checks of the code; they learn little."""
