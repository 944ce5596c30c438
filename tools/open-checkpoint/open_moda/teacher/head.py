"""The head as a rigid body: where points of it go, and where pixels come from."""

from __future__ import annotations

import torch
from torch import Tensor

from open_moda import rig
from open_moda.pose import Motion, rotation

_STEPS = 4


def turn(points: Tensor, landmarks: Tensor, motion: Motion) -> Tensor:
    """Where points [N, ..., 2] of the heads of landmarks [N, 68, 2] go when the head moves by pose, scale and shift."""
    extra = (1,) * (points.dim() - 2)
    depth = rig.depth(points, landmarks)
    solid = torch.cat((points, depth[..., None]), dim=-1)
    turned = (solid.flatten(1, -2) @ rotation(motion.pose)).reshape(solid.shape)
    return motion.scale.reshape(-1, *extra, 1) * turned[..., :2] + motion.t[:, :2].reshape(-1, *extra, 2)


def turn_back(points: Tensor, landmarks: Tensor, motion: Motion) -> Tensor:
    """Where points [N, H, W, 2] of the moved image were. What is no head moves less, and nothing at the border does."""
    share = rigidity(points, landmarks)
    origin = points
    for _ in range(_STEPS):
        origin = points - share * (turn(origin, landmarks, motion) - origin)
    return origin


def rigidity(points: Tensor, landmarks: Tensor) -> Tensor:
    """[N, H, W, 1]: 1 on the head, fading to 0 before the border of the square; sooner below the chin, where the neck bends."""
    middle = rig.head_middle(landmarks)[:, None, None]
    radii = points.new_tensor(rig.HEAD_RADII)
    offset = (points - middle) / radii
    below = offset[..., 1:].clamp(min=0) * points.new_tensor([0.0, 1.0])
    distance = (offset + 0.12 * below).square().sum(dim=-1, keepdim=True).sqrt()
    on_head = 1 - smoothstep((distance - 1.0) / 0.75)
    border = ((1 - points.abs()) / 0.22).clamp(0, 1)
    return on_head * smoothstep(border).prod(dim=-1, keepdim=True)


def smoothstep(values: Tensor) -> Tensor:
    """0 below 0, 1 above 1, without corners between."""
    values = values.clamp(0, 1)
    return values * values * (3 - 2 * values)
