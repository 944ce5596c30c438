"""From canonical keypoints and a motion vector of 70 to keypoints in the image."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

MOTION_WIDTH = 70


class Motion(NamedTuple):
    """The parts of motion vectors [..., 70], in their order."""

    exp: Tensor
    """[..., 21, 3]: what the expression moves each keypoint by."""
    scale: Tensor
    """[..., 1]."""
    t: Tensor
    """[..., 3]; z is never used."""
    pose: Tensor
    """[..., 3]: pitch, yaw, roll in degrees."""

    @staticmethod
    def split(motion: Tensor) -> Motion:
        """Cuts motion vectors [..., 70]."""
        exp, scale, t, pose = motion.split((63, 1, 3, 3), dim=-1)
        return Motion(exp.unflatten(-1, (21, 3)), scale, t, pose)


def rotation(pose: Tensor) -> Tensor:
    """`(Rz(roll) Ry(yaw) Rx(pitch))` transposed, for row vectors: [..., 3] degrees to [..., 3, 3]."""
    pitch, yaw, roll = torch.deg2rad(pose).unbind(-1)
    zero, one = torch.zeros_like(pitch), torch.ones_like(pitch)

    def matrix(*elements: Tensor) -> Tensor:
        return torch.stack(elements, dim=-1).unflatten(-1, (3, 3))

    about_x = matrix(one, zero, zero, zero, pitch.cos(), -pitch.sin(), zero, pitch.sin(), pitch.cos())
    about_y = matrix(yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos())
    about_z = matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
    return (about_z @ about_y @ about_x).transpose(-1, -2)


def place(canonical: Tensor, motion: Motion) -> Tensor:
    """`scale (canonical R + exp) + t` without t's z: [..., 21, 3]."""
    turned = canonical @ rotation(motion.pose) + motion.exp
    plane = torch.cat((motion.t[..., :2], torch.zeros_like(motion.t[..., :1])), dim=-1)
    return motion.scale[..., None] * turned + plane[..., None, :]
