"""The engine's square around a face: 512 x 512 pixels, upright, from 68 landmarks (src/Moda.Runtime/Faces/FaceRegion.cs)."""

from __future__ import annotations

import numpy
from PIL import Image

SIZE = 512
_SCALE = 2.3
_OFFSET_Y = -0.125
_EYES = (36, 39, 42, 45)
_MOUTH = (48, 54)


def crop_transform(landmarks: numpy.ndarray) -> numpy.ndarray:
    """[2, 3]: from pixels of the image (centres at whole numbers) to those of the crop, for landmarks [68, 2]."""
    down = landmarks[list(_MOUTH)].mean(axis=0) - landmarks[list(_EYES)].mean(axis=0)
    down /= numpy.linalg.norm(down)
    axes = numpy.array([[down[1], -down[0]], down])
    mean = landmarks.mean(axis=0)
    along = (landmarks - mean) @ axes.T
    lowest, highest = along.min(axis=0), along.max(axis=0)
    side = (highest - lowest).max() * _SCALE
    centre = mean + ((lowest + highest) / 2 + numpy.array([0, _OFFSET_Y * side])) @ axes
    matrix = axes * (SIZE / side)
    return numpy.concatenate((matrix, (SIZE / 2 - matrix @ centre)[:, None]), axis=1)


def crop(image: Image.Image, landmarks: numpy.ndarray) -> tuple[Image.Image, numpy.ndarray]:
    """Cuts a face out of an RGB image; gives the crop and the landmarks [68, 2] in [-1, 1] of it."""
    forward = crop_transform(landmarks)
    back = numpy.linalg.inv(numpy.vstack((forward, [0, 0, 1])))[:2]
    shrink = 1 / max(numpy.linalg.norm(back[:, 0]), 1e-6)
    if shrink < 1:
        # Averages first what a bilinear warp would skip.
        smaller = image.resize((max(1, round(image.width * shrink)), max(1, round(image.height * shrink))), Image.Resampling.BOX)
        scale = numpy.array([image.width / smaller.width, image.height / smaller.height])
        back = back / scale[:, None]
        image = smaller
    cut = image.transform((SIZE, SIZE), Image.Transform.AFFINE, back.flatten().tolist(), Image.Resampling.BICUBIC)
    inside = landmarks @ forward[:, :2].T + forward[:, 2]
    return cut, ((2 * inside + 1) / SIZE - 1).astype(numpy.float32)
