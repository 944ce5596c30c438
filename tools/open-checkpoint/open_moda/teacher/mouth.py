"""The mouth: lips that part along their line, a jaw that drops, corners that move; and what is seen between the lips.

Everything is told from the middle of the mouth, x in half widths of it (corners at -1 and 1), y in units of the square. Above the line of
the lips the skin moves by one field, below it by another; between them gapes the mouth.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from open_moda.teacher.head import smoothstep

_STEPS = 4
_CORNERS = (48, 54)
_UPPER, _LOWER = (61, 62, 63), (65, 66, 67)


class Mouth(NamedTuple):
    """Where a mouth is: all [N, 1, 1] but `middle` [N, 1, 1, 2]."""

    middle: Tensor
    half_width: Tensor
    bend: Tensor
    """How much lower the line of the lips is at the corners than in the middle."""
    to_chin: Tensor
    closed: Tensor
    """1 where the portrait's own mouth is shut, 0 where it shows its teeth, which then hang from the upper lip."""

    @staticmethod
    def of(landmarks: Tensor) -> Mouth:
        """The mouth of landmarks [N, 68, 2]."""
        corners = landmarks[:, list(_CORNERS)]
        upper, lower = landmarks[:, list(_UPPER)].mean(dim=1), landmarks[:, list(_LOWER)].mean(dim=1)
        line = torch.lerp(upper, lower, 0.8)
        middle = torch.stack((corners[..., 0].mean(dim=1), line[:, 1]), dim=-1)
        half_width = (corners[:, 1, 0] - corners[:, 0, 0]) / 2
        to_chin = landmarks[:, 8, 1] - line[:, 1]
        return Mouth(
            middle[:, None, None], half_width.clamp(min=0.05)[:, None, None], (corners[..., 1].mean(dim=1) - line[:, 1])[:, None, None],
            to_chin.clamp(min=0.1)[:, None, None], 1 - smoothstep((lower[:, 1] - upper[:, 1] - 0.02) / 0.03)[:, None, None])


class Opened(NamedTuple):
    """What became of an image's points [N, H, W, 2]."""

    origin: Tensor
    """Where the skin at a point was."""
    gap: Tensor
    """[N, H, W]: how far inside the gap a point is, in units of the square; negative outside."""
    height: Tensor
    """[N, H, W]: the gap's height in this column."""
    down: Tensor
    """[N, H, W]: how far down in the gap, 0 to 1."""


def part(points: Tensor, mouth: Mouth, controls: dict[str, Tensor]) -> Opened:
    """Opens mouths. controls: [N, 1, 1] each."""
    upper = lower = points
    for _ in range(_STEPS):
        upper = points - _upper_shift(upper, mouth, controls)
        lower = points - _lower_shift(lower, mouth, controls)
    above = _line(upper, mouth) - upper[..., 1]
    below = lower[..., 1] - _line(lower, mouth)
    inside = torch.minimum(-above, -below)

    # The gap's edges in this column, from where its points would come.
    height = (-above - below).clamp(min=1e-4)
    origin = torch.where((above >= below)[..., None], upper, lower)
    return Opened(origin, inside, height, (-above / height).clamp(0, 1))


def interior(opened: Opened, points: Tensor, mouth: Mouth, light: Tensor) -> Tensor:
    """What is seen between the lips: teeth, tongue, and darkness. light: [N, 3, 1, 1], of the skin around. Gives [N, 3, H, W]."""
    across = ((points[..., 0] - mouth.middle[..., 0]) / mouth.half_width).abs()
    dark = points.new_tensor([0.23, 0.07, 0.07]).reshape(1, 3, 1, 1)
    rosy = points.new_tensor([0.72, 0.32, 0.31]).reshape(1, 3, 1, 1)
    white = points.new_tensor([0.93, 0.88, 0.79]).reshape(1, 3, 1, 1)
    distance = opened.down * opened.height

    # Upper teeth hang 0.034 into a gap that is high enough, in the lip's shadow; they darken towards the corners.
    teeth = smoothstep((0.034 - distance) / 0.010) * smoothstep((opened.height - 0.02) / 0.04) * smoothstep((0.9 - across) / 0.5)
    teeth = teeth * mouth.closed
    lit = (0.7 + 0.3 * smoothstep(distance / 0.02)) * (1 - 0.25 * across)
    ripple = 1 - 0.07 * (torch.cos(across * 22) > 0.93).to(points.dtype)
    tongue = smoothstep((opened.down - 0.45 - 0.35 * across) / 0.3) * smoothstep((opened.height - 0.05) / 0.06)
    shade = 0.55 + 0.45 * smoothstep((opened.height - distance) / 0.08)
    color = torch.lerp(dark, rosy * shade[:, None], 0.75 * tongue[:, None])
    color = torch.lerp(color, white * (ripple * lit)[:, None], teeth[:, None])
    return color * (0.35 + 0.65 * light)


def _local(points: Tensor, mouth: Mouth) -> tuple[Tensor, Tensor]:
    offset = points - mouth.middle
    return offset[..., 0] / mouth.half_width, offset[..., 1]


def _line(points: Tensor, mouth: Mouth) -> Tensor:
    """The y of the lips' line in a point's column."""
    across, _ = _local(points, mouth)
    return mouth.middle[..., 1] + mouth.bend * across.square().clamp(max=2)


def _arch(across: Tensor) -> Tensor:
    """How far lips part: 1 in the middle, 0 from the corners on."""
    return (1 - across.square()).clamp(min=1e-4).pow(0.7)


def _sideways(across: Tensor, down: Tensor, mouth: Mouth, controls: dict[str, Tensor]) -> Tensor:
    reach = torch.exp(-(across / 1.9).square().square() - (down / (1.1 * mouth.half_width + 0.03)).square())
    pull = 0.034 * controls["lip_wide"] + 0.028 * controls["smile"] - 0.052 * controls["lip_round"] - 0.010 * controls["jaw_open"]
    return pull * across.clamp(-1.4, 1.4) * reach


def _corners_up(across: Tensor, down: Tensor, mouth: Mouth, controls: dict[str, Tensor]) -> Tensor:
    reach = torch.exp(-((across.abs() - 1).clamp(min=0) / 0.7).square() - (down / (0.9 * mouth.half_width + 0.03)).square())
    return (-0.045 * controls["smile"] + 0.022 * controls["jaw_open"]) * across.square().clamp(max=1) * reach


def _upper_shift(points: Tensor, mouth: Mouth, controls: dict[str, Tensor]) -> Tensor:
    across, down = _local(points, mouth)
    near = torch.exp(-(down / 0.085).square())
    lift = (0.030 * controls["upper_lip_raise"] + 0.008 * controls["jaw_open"] + 0.010 * controls["lip_round"]) * _arch(0.8 * across) * near
    pressed = 0.012 * controls["lip_press"] * _arch(0.9 * across) * _edge(down, near)
    vertical = _corners_up(across, down, mouth, controls) - lift + pressed
    return torch.stack((_sideways(across, down, mouth, controls), vertical), dim=-1)


def _lower_shift(points: Tensor, mouth: Mouth, controls: dict[str, Tensor]) -> Tensor:
    across, down = _local(points, mouth)
    near = torch.exp(-(down / 0.085).square())

    # At the lips the jaw's drop is an arch; at the chin it moves all; below the neck's beginning, nothing.
    toward_chin = smoothstep(down / (0.75 * mouth.to_chin))
    wide = torch.exp(-(across / 2.6).square().square())
    under = 1 - smoothstep((down - 1.05 * mouth.to_chin) / 0.30)
    drop = 0.128 * controls["jaw_open"] * torch.maximum(_arch(across), toward_chin) * wide * under
    hang = 0.012 * controls["lip_round"] * _arch(across) * near
    pressed = 0.014 * controls["lip_press"] * _arch(0.9 * across) * _edge(down, near)
    vertical = _corners_up(across, down, mouth, controls) + drop + hang - pressed
    return torch.stack((_sideways(across, down, mouth, controls), vertical), dim=-1)


def _edge(down: Tensor, near: Tensor) -> Tensor:
    """0 on the line of the lips, about 1 at their outer edges: pressing thins them and leaves their line."""
    return (1 - torch.exp(-(down / 0.03).square())) * near * 1.3
