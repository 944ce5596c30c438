"""From portraits, controls and poses to images, in one batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from open_moda import rig
from open_moda.pose import Motion
from open_moda.teacher import eyes, head, mouth

_SOFT_EDGE = 0.004
"""How wide the edge of a lip is, in units of the square: two pixels of 512."""


class Lesson(NamedTuple):
    """What a face looks like, and where its pixels came from."""

    image: Tensor
    """[N, 3, H, W] in [0, 1]."""
    flow: Tensor
    """[N, H, W, 2]: from each position of the image to where it samples the source, in [-1, 1]."""


@torch.no_grad()
def teach(sources: Tensor, landmarks: Tensor, controls: Tensor, motion: Tensor) -> Lesson:
    """Moves faces.

    sources: [N, 3, H, W], upright squares as `data.crop` cuts them. landmarks: [N, 68, 2] in [-1, 1] of them. controls: [N, C] in the order
    of `rig.CONTROLS`. motion: [N, 70], of which pose, scale and shift are taken.
    """
    moved = Motion.split(motion)
    named = {name: controls[:, index, None, None] for index, name in enumerate(rig.CONTROLS)}
    target = grid(sources.shape[-2:], sources)[None].expand(sources.shape[0], -1, -1, -1)

    # Expressions happen on the face where the pose has put it.
    posed = head.turn(landmarks, landmarks, moved)
    skin, lashes = eyes.unfold_lids(target, posed, named)
    skin = eyes.relax(skin, posed, named)
    place = mouth.Mouth.of(posed)
    opened = mouth.part(skin, place, named)
    origin = head.turn_back(opened.origin, landmarks, moved)
    image = functional.grid_sample(sources, origin, mode="bilinear", padding_mode="border", align_corners=False)
    inside = (head.smoothstep(opened.gap / _SOFT_EDGE) * head.smoothstep(opened.height / _SOFT_EDGE - 1))[:, None]
    painted = mouth.interior(opened, skin, place, light_of(sources, landmarks))
    image = torch.lerp(image, painted, inside) * (1 - lashes)[:, None]
    return Lesson(image.clamp(0, 1), origin - target)


def light_of(sources: Tensor, landmarks: Tensor) -> Tensor:
    """[N, 3, 1, 1]: how light it is where the face is, from the skin beside nose and chin."""
    points = landmarks[:, [2, 14, 8, 30, 31, 35]][:, None] * sources.new_tensor([0.9, 0.95])
    skin = functional.grid_sample(sources, points, mode="bilinear", padding_mode="border", align_corners=False)
    return skin.mean(dim=(1, 2, 3), keepdim=True).expand(-1, 3, -1, -1).clamp(0.15, 0.95) / 0.8


def grid(extent: torch.Size, like: Tensor) -> Tensor:
    """[H, W, 2]: the centres of pixels in [-1, 1]."""
    rows, columns = ((torch.arange(size, device=like.device, dtype=like.dtype) * 2 + 1) / size - 1 for size in extent)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack((x, y), dim=-1)
