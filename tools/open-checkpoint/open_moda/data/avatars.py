"""Where the features of DiceBear's style Lorelei are: all of its avatars share one head, seen half from the side."""

from __future__ import annotations

import numpy

from open_moda import rig

_EYE_DISTANCE = 0.19
"""Between the middles of the eyes, as a share of the picture's side; the rig's mean face gives the shapes."""

_PLACES = (
    (range(0, 17), (0.535, 0.535)),
    (range(17, 22), (0.470, 0.385)),
    (range(22, 27), (0.650, 0.380)),
    (range(27, 36), (0.590, 0.515)),
    (range(36, 42), (0.475, 0.472)),
    (range(42, 48), (0.662, 0.468)),
    (range(48, 68), (0.565, 0.615)),
)
"""The middle of each group of landmarks."""

_STRETCH = {0: (1.0, 0.85), 48: (1.0, 0.9)}
"""How much wider and taller than the mean face's a group is, by its first landmark."""


def landmarks(side: int) -> numpy.ndarray:
    """[68, 2] in pixels of a square picture."""
    mean = rig.MEAN_LANDMARKS.numpy().astype(numpy.float64)
    unit = _EYE_DISTANCE / (mean[42:48, 0].mean() - mean[36:42, 0].mean())
    placed = numpy.empty_like(mean)
    for group, middle in _PLACES:
        own = list(group)
        stretch = numpy.array(_STRETCH.get(own[0], (1.0, 1.0)))
        centre = (mean[own].min(axis=0) + mean[own].max(axis=0)) / 2
        placed[own] = numpy.array(middle) + (mean[own] - centre) * unit * stretch
    return placed * side - 0.5
