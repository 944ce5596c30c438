"""What the render networks are trained to make small."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from open_moda.networks.motion_extractor import MotionPrediction, bin_distribution
from open_moda.pose import Motion


def attention(source: Tensor, target: Tensor) -> Tensor:
    """Where the target differs from its source, and so where motion shows: [N, 1, H, W], 1 elsewhere, up to 4 there."""
    larger = functional.interpolate(source, size=target.shape[2:], mode="bilinear", align_corners=False)
    difference = (larger - target).abs().mean(dim=1, keepdim=True)
    spread = functional.avg_pool2d(difference, 9, stride=1, padding=4)
    return 1 + 3 * (spread / 0.15).clamp(max=1)


def reconstruction(image: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 at four scales, L1 of the gradients at two, and the squared error that PSNR counts."""
    error = (image - target).abs()
    loss = (weight * error).mean() + 4 * (weight * error.square()).mean()
    for scale in range(4):
        if scale > 0:
            image, target, weight = (functional.avg_pool2d(maps, 2) for maps in (image, target, weight))
            loss = loss + 0.5 * (weight * (image - target).abs()).mean()
        if scale < 2:
            loss = loss + gradient_difference(image, target, weight)
    return loss


def gradient_difference(image: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L1 between the differences of neighbours along both axes."""
    difference = image - target
    along_x = (difference[..., 1:] - difference[..., :-1]).abs() * weight[..., 1:]
    along_y = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * weight[..., 1:, :]
    return along_x.mean() + along_y.mean()


def flow_difference(deformation: Tensor, grid: Tensor, flow: Tensor) -> Tensor:
    """How far the deformation's shift in the image plane is from the teacher's.

    deformation: [N, D, H, W, 3]; grid: the identity, [D, H, W, 3]; flow: the teacher's shift [N, H', W', 2], from a position of the
    target to where it samples the source, in [-1, 1] of the image.
    """
    shift = (deformation - grid)[..., :2]
    wanted = functional.interpolate(flow.permute(0, 3, 1, 2), size=shift.shape[2:4], mode="area").permute(0, 2, 3, 1)
    return functional.smooth_l1_loss(shift, wanted[:, None].expand_as(shift), beta=0.02)


def extractor_difference(prediction: MotionPrediction, canonical: Tensor, motion: Motion, is_face: Tensor) -> Tensor:
    """How far the extractor's reading is from the rig's truth, over those images that show faces.

    canonical: [N, 21, 3]; motion: [N, ...]; is_face: [N] in {0, 1}.
    """
    share = is_face / is_face.sum().clamp(min=1)

    def averaged(values: Tensor) -> Tensor:
        return (values.flatten(1).mean(dim=1) * share).sum()

    loss = 10 * averaged((prediction.kp - canonical.flatten(1)).abs())
    loss = loss + 20 * averaged((prediction.exp - motion.exp.flatten(1)).abs())
    loss = loss + 5 * averaged((prediction.t - motion.t).abs()) + 5 * averaged((prediction.scale - motion.scale).abs())
    loss = loss + 0.1 * averaged((prediction.pose() - motion.pose).abs())
    for axis, logits in enumerate((prediction.pitch, prediction.yaw, prediction.roll)):
        wanted = bin_distribution(motion.pose[:, axis])
        loss = loss + 0.1 * averaged(-(wanted * logits.log_softmax(dim=1)).sum(dim=1, keepdim=True))
    return loss


def decibels(image: Tensor, target: Tensor) -> Tensor:
    """PSNR of each image of a batch, [N]."""
    error = (image.clamp(0, 1) - target).square().flatten(1).mean(dim=1)
    return -10 * torch.log10(error.clamp(min=1e-10))
