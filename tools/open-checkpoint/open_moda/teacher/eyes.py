"""Eyes and brows: lids that close, eyeballs that turn, brows that rise or frown, cheeks that lift."""

from __future__ import annotations

import torch
from torch import Tensor

from open_moda.teacher.head import smoothstep

_STEPS = 3
_RIGHT, _LEFT = range(36, 42), range(42, 48)
_BROWS = (19, 24)
_LID_GATHER = 0.85
"""How much of the skin between brow and lid a closing lid stretches."""


def unfold_lids(points: Tensor, landmarks: Tensor, controls: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Where points [N, H, W, 2] were before the lids closed, and how dark lashes make them [N, H, W]."""
    shade = torch.zeros_like(points[..., 0])
    x, y = points.unbind(-1)
    for eye, brow, name in ((_RIGHT, _BROWS[0], "blink_right"), (_LEFT, _BROWS[1], "blink_left")):
        corners = landmarks[:, [eye[0], eye[3]]]
        upper, lower = landmarks[:, [eye[1], eye[2]], 1].mean(dim=1), landmarks[:, [eye[4], eye[5]], 1].mean(dim=1)
        middle, half_width = corners[..., 0].mean(dim=1), ((corners[:, 1, 0] - corners[:, 0, 0]) / 2 * 1.12).clamp(min=0.02)
        across = (x - middle[:, None, None]) / half_width[:, None, None]
        arch = (1 - across.square()).clamp(min=0)
        rest = corners[..., 1].mean(dim=1)[:, None, None]
        top = rest + (upper[:, None, None] - rest - 0.006) * arch
        bottom = rest + (lower[:, None, None] - rest + 0.004) * arch
        fold = top - _LID_GATHER * (upper - landmarks[:, brow, 1])[:, None, None].clamp(min=0.03)
        closing = controls[name]
        edge = top + closing * (bottom - top)
        covered = (y > fold) & (y < edge) & (across.abs() < 1)
        stretched = fold + (y - fold) * (top - fold) / (edge - fold).clamp(min=1e-4)
        y = torch.where(covered, stretched, y)
        lashes = torch.exp(-((points[..., 1] - edge) / 0.006).square()) * arch.clamp(max=0.4) / 0.4
        shade = torch.maximum(shade, 0.55 * lashes * smoothstep(closing * 2))
    return torch.stack((x, y), dim=-1), shade


def relax(points: Tensor, landmarks: Tensor, controls: dict[str, Tensor]) -> Tensor:
    """Where points were before eyeballs, brows and cheeks moved."""
    origin = points
    for _ in range(_STEPS):
        origin = points - _shift(origin, landmarks, controls)
    return origin


def _shift(points: Tensor, landmarks: Tensor, controls: dict[str, Tensor]) -> Tensor:
    total = torch.zeros_like(points)
    for side, brow, eye in ((1, (18, 19, 20), _RIGHT), (-1, (23, 24, 25), _LEFT)):
        place = landmarks[:, list(brow)].mean(dim=1)[:, None, None]
        reach = _bump(points - place, 0.15, 0.085)
        along_x = side * 0.022 * controls["brow_frown"]
        along_y = -0.050 * controls["brow_raise"] + 0.024 * controls["brow_frown"]
        total = total + torch.stack((along_x * reach, along_y * reach), dim=-1)

        # The eyeball turns within the lids.
        around = landmarks[:, list(eye)]
        middle = around.mean(dim=1)[:, None, None]
        width = ((around[:, 3, 0] - around[:, 0, 0]) / 2).clamp(min=0.02)[:, None, None]
        offset = points - middle
        within = (1 - (offset[..., 0] / width).square()).clamp(min=0) * (1 - (offset[..., 1] / (0.5 * width)).square()).clamp(min=0)
        gaze = torch.stack((0.022 * controls["gaze_x"] * within, 0.014 * controls["gaze_y"] * within), dim=-1)
        cheek = 0.5 * (middle + landmarks[:, 48 if side > 0 else 54][:, None, None]) + points.new_tensor([-0.04 * side, 0.0])
        lifted = -(0.030 * controls["cheek"] + 0.010 * controls["smile"].clamp(min=0)) * _bump(points - cheek, 0.13, 0.10)
        total = total + gaze + torch.stack((torch.zeros_like(lifted), lifted), dim=-1)
    return total


def _bump(offset: Tensor, width: float, height: float) -> Tensor:
    return torch.exp(-(offset[..., 0] / width).square() - (offset[..., 1] / height).square())
