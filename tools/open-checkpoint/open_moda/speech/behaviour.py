"""What a face does besides speaking: it blinks, looks about, moves its head, and shows what it feels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy

from open_moda.speech.articulation import FRAME_RATE, TRACKS


@dataclass(frozen=True)
class Feeling:
    """How an emotion changes a face: what is added to its controls, how far the mouth moves, how lively the head is, and how far it looks down."""

    added: Mapping[str, float] = field(default_factory=dict)
    mouth: float = 1.0
    sway: float = 1.0
    pitch: float = 0.0


FEELINGS = (
    Feeling({"brow_frown": 0.85, "upper_lip_raise": 0.15, "lip_press": 0.1, "smile": -0.3}, mouth=1.15, sway=1.3, pitch=1.5),
    Feeling({"smile": 0.25, "cheek": 0.3, "brow_raise": 0.2, "upper_lip_raise": 0.12}, mouth=0.85, sway=0.8, pitch=-2.0),
    Feeling({"upper_lip_raise": 0.5, "brow_frown": 0.45, "cheek": 0.5, "smile": -0.25}, mouth=0.9),
    Feeling({"brow_raise": 0.7, "brow_frown": 0.3, "lip_wide": 0.35, "smile": -0.15}, mouth=0.9, sway=1.2),
    Feeling({"smile": 0.75, "cheek": 0.6, "lip_wide": 0.15, "brow_raise": 0.12}, mouth=1.05, sway=1.15, pitch=-0.5),
    Feeling(),
    Feeling({"smile": -0.65, "brow_frown": 0.4, "brow_raise": 0.25}, mouth=0.8, sway=0.6, pitch=3.0),
    Feeling({"brow_raise": 0.95, "jaw_open": 0.18, "lip_round": 0.12}, mouth=1.15, sway=1.1, pitch=-1.0),
    Feeling(),
)
"""Anger, contempt, disgust, fear, happiness, neutral, sadness, surprise, none: the order of the engine's `Emotion`."""

NONE = len(FEELINGS) - 1
"""What a generator is told where it is told no emotion: it should be a face at rest more often than not."""

_BLINK = numpy.array([0.35, 0.95, 1.0, 0.6, 0.2], numpy.float32)
"""A blink at 25 frames a second: down faster than up."""

_SIGNED = ("smile", "gaze_x", "gaze_y")
_SWAY_DEGREES = numpy.array([2.2, 4.0, 2.0], numpy.float32)
"""Standard deviations of pitch, yaw and roll."""


@dataclass(frozen=True)
class Performance:
    """A face over time.

    controls: by name, [frames] each, in [0, 1], some in [-1, 1]. pose: [frames, 3], pitch, yaw and roll in degrees.
    shift: [frames, 2], how far the head moves sideways and down, in units of the crop's half side. growth: [frames], of the scale.
    """

    controls: dict[str, numpy.ndarray]
    pose: numpy.ndarray
    shift: numpy.ndarray
    growth: numpy.ndarray


def perform(
        tracks: numpy.ndarray, loudness: numpy.ndarray, voice: numpy.ndarray, emotion: int, random: numpy.random.Generator) -> Performance:
    """Acts to speech.

    tracks: [frames, 5] of `articulation.tracks`. loudness: [frames], 0 in silence to about 1. voice: [frames], the same of vowels, by
    amplitude. emotion: 0 to 8.
    """
    frames = len(tracks)
    feeling = FEELINGS[emotion]
    strength = random.uniform(0.75, 1.1)
    closed = numpy.clip(tracks[:, TRACKS.index("lip_press")], 0, 1)
    volume = 0.75 + 0.35 * _smooth(loudness, 0.2)
    controls = {name: numpy.zeros(frames, numpy.float32) for name in (
        *TRACKS, "smile", "blink_right", "blink_left", "brow_raise", "brow_frown", "gaze_x", "gaze_y", "cheek")}
    for index, name in enumerate(TRACKS):
        moved = tracks[:, index] * (1 if name == "lip_press" else feeling.mouth * volume)
        if name == "jaw_open":
            # A louder voice opens the mouth wider, whatever it says.
            moved = moved * (0.35 + 0.75 * voice) + 0.28 * feeling.mouth * voice
        controls[name] += moved
    _blink(controls, random)
    controls["gaze_x"] += _glances(frames, random, 0.25)
    controls["gaze_y"] += _glances(frames, random, 0.15)
    accents = numpy.clip(_smooth(loudness, 0.3) - _smooth(loudness, 1.5), 0, None)
    controls["brow_raise"] += 0.9 * accents + 0.06 * numpy.abs(_noise(frames, 1.0, random))
    for name, value in feeling.added.items():
        controls[name] += strength * value * (1 + 0.12 * _noise(frames, 1.5, random))

    # A mouth that is wide or lifted by feeling still closes.
    controls["jaw_open"] = _weigh(controls["jaw_open"] * (1 - 0.95 * closed)) * (1 - 0.8 * closed ** 2)
    for name, values in controls.items():
        controls[name] = numpy.clip(values, -1 if name in _SIGNED else 0, 1).astype(numpy.float32)
    return Performance(controls, *_move_head(frames, accents, feeling, random))


def _move_head(
        frames: int, accents: numpy.ndarray, feeling: Feeling, random: numpy.random.Generator) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    pose = numpy.stack([_noise(frames, 1.6, random) for _ in range(3)], axis=1) * _SWAY_DEGREES * feeling.sway
    pose[:, 0] += feeling.pitch + 6.0 * accents
    shift = numpy.stack([0.012 * _noise(frames, 2.0, random) for _ in range(2)], axis=1)
    growth = 1 + 0.008 * _noise(frames, 2.5, random)
    return pose.astype(numpy.float32), shift.astype(numpy.float32), growth.astype(numpy.float32)


def _blink(controls: dict[str, numpy.ndarray], random: numpy.random.Generator) -> None:
    frames = len(controls["blink_right"])
    frame = int(random.uniform(0.2, 3.0) * FRAME_RATE)
    while frame < frames:
        length = min(len(_BLINK), frames - frame)
        for side in ("blink_right", "blink_left"):
            controls[side][frame:frame + length] = numpy.maximum(controls[side][frame:frame + length], _BLINK[:length])
        frame += int((0.4 if random.random() < 0.08 else random.gamma(4, 0.8) + 0.8) * FRAME_RATE)


def _glances(frames: int, random: numpy.random.Generator, size: float) -> numpy.ndarray:
    """Eyes rest, then jump: steps at random times, most of them back to the middle."""
    values = numpy.zeros(frames, numpy.float32)
    frame = 0
    while frame < frames:
        length = int(random.gamma(3, 0.6) * FRAME_RATE) + 5
        values[frame:frame + length] = 0 if random.random() < 0.6 else random.normal(0, size)
        frame += length
    return _smooth(values, 0.04)


def _noise(frames: int, seconds: float, random: numpy.random.Generator) -> numpy.ndarray:
    """Noise of unit variance, smoothed over so many seconds."""
    side = max(int(seconds * FRAME_RATE), 1)
    window = numpy.hanning(2 * side + 3)[1:-1]
    window /= numpy.sqrt(numpy.square(window).sum())
    return numpy.convolve(random.standard_normal(frames + 2 * side), window, mode="valid")


def _weigh(values: numpy.ndarray) -> numpy.ndarray:
    """A jaw has a mass: over three frames."""
    return numpy.convolve(numpy.pad(values, 1, mode="edge"), (0.22, 0.56, 0.22), mode="valid")


def _smooth(values: numpy.ndarray, seconds: float) -> numpy.ndarray:
    side = max(int(seconds * FRAME_RATE), 1)
    window = numpy.hanning(2 * side + 3)[1:-1]
    return numpy.convolve(numpy.pad(values, side, mode="edge"), window / window.sum(), mode="valid")
