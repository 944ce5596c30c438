"""The rig: 21 keypoints, what moves them, and the motion vectors that the networks exchange.

Coordinates are those of the square around a face (`data/crop.py`): x to the right, y down, both in [-1, 1]; z away from the viewer. A face
is its 68 landmarks in that square, from which its canonical keypoints follow. Its own pose counts as 0 and its own expression as 0: poses
and expressions are relative to the portrait.

The engine moves some keypoints wholly (1, 2, 6, 11 to 20), some along y only (3, 4), along z (5, 8), along y and z (9), and others not at
all (0, 7, 10): every expression of the rig lies in what it moves.
"""

from __future__ import annotations

import torch
from torch import Tensor

CONTROLS = (
    "jaw_open", "lip_wide", "lip_round", "lip_press", "upper_lip_raise", "smile", "blink_right", "blink_left", "brow_raise", "brow_frown",
    "gaze_x", "gaze_y", "cheek")
"""What a face can do; each in [0, 1], smile and gaze in [-1, 1]. Right and left are the portrait's own: its right eye is on the left."""

MEAN_LANDMARKS = torch.tensor([
    (-0.435, -0.014), (-0.426, 0.104), (-0.407, 0.215), (-0.388, 0.318), (-0.351, 0.428), (-0.294, 0.516), (-0.225, 0.577), (-0.136, 0.638),
    (0.000, 0.673), (0.136, 0.638), (0.225, 0.577), (0.294, 0.516), (0.351, 0.428), (0.388, 0.318), (0.407, 0.215), (0.426, 0.104),
    (0.435, -0.014), (-0.352, -0.120), (-0.302, -0.155), (-0.231, -0.165), (-0.168, -0.156), (-0.110, -0.135), (0.110, -0.135), (0.168, -0.156),
    (0.231, -0.165), (0.302, -0.155), (0.352, -0.120), (0.000, -0.019), (0.000, 0.059), (0.000, 0.135), (0.000, 0.205), (-0.078, 0.243),
    (-0.043, 0.256), (0.000, 0.265), (0.043, 0.256), (0.078, 0.243), (-0.268, -0.032), (-0.229, -0.054), (-0.170, -0.054), (-0.120, -0.023),
    (-0.167, -0.010), (-0.226, -0.010), (0.120, -0.023), (0.170, -0.054), (0.229, -0.054), (0.268, -0.032), (0.226, -0.010), (0.167, -0.010),
    (-0.186, 0.370), (-0.119, 0.352), (-0.040, 0.337), (0.000, 0.347), (0.040, 0.337), (0.119, 0.352), (0.186, 0.370), (0.116, 0.423),
    (0.057, 0.448), (0.000, 0.455), (-0.057, 0.448), (-0.116, 0.423), (-0.173, 0.370), (-0.056, 0.373), (0.000, 0.374), (0.056, 0.373),
    (0.173, 0.370), (0.054, 0.400), (0.000, 0.404), (-0.054, 0.400),
])
"""[68, 2]: a symmetric face in the order of iBUG's scheme."""

_RIGHT_EYE, _LEFT_EYE = list(range(36, 42)), list(range(42, 48))
_RIGHT_BROW, _LEFT_BROW = [18, 19, 20], [23, 24, 25]

HEAD_RADII = (0.56, 0.78)
"""Half axes of the head, in the plane of the image, from the middle between jaw and hair."""
HEAD_DEPTH = 0.42
"""How far the middle of the face is nearer than its outline."""

_MOVES: dict[str, dict[int, tuple[float, float, float]]] = {
    "jaw_open": {6: (0, 0.130, 0), 17: (0, 0.125, 0), 19: (0, 0.115, 0), 12: (0, -0.008, 0), 14: (0.012, 0.024, 0), 20: (-0.012, 0.024, 0)},
    "lip_wide": {14: (-0.034, 0, 0.008), 20: (0.034, 0, 0.008), 12: (0, 0.004, 0), 19: (0, -0.006, 0)},
    "lip_round": {14: (0.052, 0, -0.012), 20: (-0.052, 0, -0.012), 12: (0, -0.008, -0.02), 19: (0, 0.010, -0.02), 17: (0, 0.004, -0.01)},
    "lip_press": {12: (0, 0.010, 0), 19: (0, -0.014, 0), 17: (0, -0.010, 0), 6: (0, -0.006, 0)},
    "upper_lip_raise": {12: (0, -0.030, 0), 14: (0, -0.008, 0), 20: (0, -0.008, 0)},
    "smile": {14: (-0.028, -0.045, 0.010), 20: (0.028, -0.045, 0.010), 3: (0, -0.010, 0), 4: (0, -0.010, 0)},
    "blink_right": {13: (0, 0.045, 0)},
    "blink_left": {16: (0, 0.045, 0)},
    "brow_raise": {1: (0, -0.050, 0), 2: (0, -0.050, 0), 18: (0, -0.016, 0)},
    "brow_frown": {1: (0.022, 0.024, 0), 2: (-0.022, 0.024, 0), 18: (0, 0.018, 0)},
    "gaze_x": {11: (0.022, 0, 0), 15: (0.022, 0, 0)},
    "gaze_y": {11: (0, 0.014, 0), 15: (0, 0.014, 0)},
    "cheek": {3: (0, -0.030, 0), 4: (0, -0.030, 0)},
}


def _basis() -> Tensor:
    basis = torch.zeros(len(CONTROLS), 21, 3)
    for index, name in enumerate(CONTROLS):
        for keypoint, shift in _MOVES[name].items():
            basis[index, keypoint] = torch.tensor(shift)
    return basis.flatten(1)


BASIS = _basis()
"""[controls, 63]: how far each control, at 1, moves the keypoints."""
_INVERSE = torch.linalg.pinv(BASIS.double()).float()


def depth(points: Tensor, landmarks: Tensor) -> Tensor:
    """How far points [N, ..., 2] of faces [N, 68, 2] lie behind the plane of the image: negative on the face, 0 beside it.

    An ellipsoid with a soft edge.
    """
    extra = (1,) * (points.dim() - 2)
    middle = head_middle(landmarks).reshape(-1, *extra, 2)
    radii = points.new_tensor(HEAD_RADII)
    distance = ((points - middle) / radii).square().sum(dim=-1)
    return -HEAD_DEPTH * torch.nn.functional.softplus((1 - distance) * 6).div(6).clamp(min=1e-6).sqrt()


def head_middle(landmarks: Tensor) -> Tensor:
    """[N, 2]: the middle of the heads."""
    jaw, brows = landmarks[:, 8], landmarks[:, [19, 24]].mean(dim=1)
    return torch.stack(((landmarks[:, 0, 0] + landmarks[:, 16, 0]) / 2, 0.45 * jaw[:, 1] + 0.55 * brows[:, 1] - 0.05), dim=-1)


def identity_keypoints(landmarks: Tensor) -> Tensor:
    """[N, 68, 2] to the canonical keypoints [N, 21, 3]."""
    points = landmarks.new_zeros(landmarks.shape[0], 21, 2)

    def mean(indices: list[int]) -> Tensor:
        return landmarks[:, indices].mean(dim=1)

    right_eye, left_eye, brows = mean(_RIGHT_EYE), mean(_LEFT_EYE), mean([19, 24])
    middle, chin = mean([27]), mean([8])
    points[:, 0] = brows + 0.5 * (brows - middle) + landmarks.new_tensor([0, -0.2])
    points[:, 1], points[:, 2] = mean(_RIGHT_BROW), mean(_LEFT_BROW)
    points[:, 3] = 0.5 * (right_eye + mean([48])) + landmarks.new_tensor([-0.04, 0])
    points[:, 4] = 0.5 * (left_eye + mean([54])) + landmarks.new_tensor([0.04, 0])
    points[:, 5], points[:, 8] = mean([1]), mean([15])
    points[:, 6] = 0.4 * mean([57]) + 0.6 * chin
    points[:, 7], points[:, 10] = mean([4]), mean([12])
    points[:, 9] = mean([30])
    points[:, 11], points[:, 15] = right_eye, left_eye
    points[:, 12], points[:, 19] = mean([51, 62]), mean([57, 66])
    points[:, 13], points[:, 16] = mean([37, 38]), mean([43, 44])
    points[:, 14], points[:, 20] = mean([48, 60]), mean([54, 64])
    points[:, 17] = 0.75 * mean([57]) + 0.25 * chin
    points[:, 18] = mean([21, 22, 27])
    return torch.cat((points, depth(points, landmarks)[..., None]), dim=-1)


CANONICAL = identity_keypoints(MEAN_LANDMARKS[None])[0]
"""[21, 3]: the keypoints of the mean face."""


def expression(controls: Tensor) -> Tensor:
    """[..., controls] to [..., 63]."""
    return controls @ BASIS.to(controls)


def controls_of(expression: Tensor) -> Tensor:
    """[..., 63] to the controls [..., controls] that come nearest."""
    return expression @ _INVERSE.to(expression)


def motion(controls: Tensor, scale: Tensor, shift: Tensor, pose: Tensor) -> Tensor:
    """Motion vectors [..., 70] of controls [..., C], scale [..., 1], shift [..., 3] and pitch, yaw and roll [..., 3] in degrees.

    A positive pitch looks down, a positive yaw to the portrait's right, a positive roll turns clockwise.
    """
    return torch.cat((expression(controls), scale, shift, pose), dim=-1)
