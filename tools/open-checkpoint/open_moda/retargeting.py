"""Stitching, lip and eye retargeting for our rig: their MLPs are written down, not trained.

The teacher lets all motion fade out before the border of the crop, so stitching has nothing to correct: its output is zero. Lips and lids
move along fixed directions of the rig, so the other two are linear: an opening that shall change by so much moves the keypoints by so
much along that direction. A ReLU MLP computes a linear map exactly when it carries each value's positive and negative part.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from open_moda.networks.stitching import RetargetingMlp, StitchingRetargeting

LIP_RATIO = 0.9
"""The opening of the lips (height over width) that the rig's widest jaw adds."""

LID_RATIO = 0.35
"""The opening of the eyes (height over width) that closed lids take away."""


@torch.no_grad()
def write_linear(mlp: RetargetingMlp, matrix: Tensor) -> None:
    """Lets an MLP compute `x @ matrix`, of low rank: [inputs, outputs]."""
    u, s, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    rank = int((s > 1e-9 * s.max().clamp(min=1e-12)).sum()) if s.max() > 0 else 0
    first, rest = (u[:, :rank] * s[:rank]).float(), v[:rank].float()
    layers = [layer for layer in mlp.mlp if isinstance(layer, nn.Linear)]
    for layer in layers:
        layer.weight.zero_()
        layer.bias.zero_()
    carried = 2 * rank
    layers[0].weight[:carried] = torch.cat((first, -first), dim=1).T
    for layer in layers[1:-1]:
        layer.weight[:carried, :carried] = torch.eye(carried)
    layers[-1].weight[:, :carried] = torch.cat((rest, -rest)).T


def build(jaw_open: Tensor, blink_left: Tensor, blink_right: Tensor) -> StitchingRetargeting:
    """The networks for a rig whose controls move the keypoints by these rows [63]."""
    networks = StitchingRetargeting()
    write_linear(networks.stitching, torch.zeros(126, 65))
    lip = torch.zeros(65, 63)
    lip[63], lip[64] = -jaw_open / LIP_RATIO, jaw_open / LIP_RATIO
    write_linear(networks.lip, lip)
    eye = torch.zeros(66, 63)
    eye[63], eye[64] = blink_left / LID_RATIO, blink_right / LID_RATIO
    eye[65] = -(blink_left + blink_right) / LID_RATIO
    write_linear(networks.eye, eye)
    return networks.eval()
