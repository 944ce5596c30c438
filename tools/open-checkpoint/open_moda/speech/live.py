"""A voice as a live session hears it: a window that ends where the voice was heard to, as `SpeechTimeline` and `RunningStatistics` make it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import torch
from torch import Tensor

from open_moda.networks.audio_encoder import SAMPLES_PER_FRAME

WINDOW = 80
"""Frames up to the last that was heard."""

BEYOND = 12
"""Frames behind these."""

_LONG_SILENCE = 12
_ONSET = 2
_MEMORY = 10 * 16_000
_USUAL_LENGTH = 0.3 * 16_000
_USUAL_VARIANCE = 0.005
_SILENT_SHARE = 0.0025
_SILENT_POWER = 1e-6


@dataclass(frozen=True)
class LiveVoice:
    """A voice with what a session knows of it after each frame.

    samples: [F 640] in [-1, 1]. mean, variance, silent_power: [F + 1], before the first frame and after each. power: [F], of each frame.
    """

    samples: numpy.ndarray
    mean: numpy.ndarray
    variance: numpy.ndarray
    silent_power: numpy.ndarray
    power: numpy.ndarray

    @staticmethod
    def of(samples: numpy.ndarray) -> LiveVoice:
        """Measures a voice frame by frame."""
        blocks = samples.reshape(-1, SAMPLES_PER_FRAME).astype(numpy.float64)
        power, sums = numpy.square(blocks).mean(axis=1), blocks.sum(axis=1)
        known = [(0.0, _USUAL_VARIANCE, _SILENT_POWER)]
        total = squares = weight = 0.0
        kept = numpy.exp(-SAMPLES_PER_FRAME / _MEMORY)
        for frame in range(len(blocks)):
            if power[frame] > known[-1][2]:
                weight = weight * kept + SAMPLES_PER_FRAME
                total = total * kept + sums[frame]
                squares = squares * kept + power[frame] * SAMPLES_PER_FRAME
            known.append(_mixed(total, squares, weight))
        return LiveVoice(samples, *numpy.array(known).T, power)

    def speech_start(self, end: int, coming: int) -> int:
        """The frame of the window at which its speech begins, where `end` frames were heard, the last `coming` of them for the first time."""
        return min(self._loud_start(end, min(end, WINDOW)), WINDOW - coming)

    def _loud_start(self, end: int, frames: int) -> int:
        silent = 0
        for frame in range(WINDOW - 1, -1, -1):
            place = end - WINDOW + frame
            is_silent = frame < WINDOW - frames or self.power[place] <= self.silent_power[end]
            silent = silent + 1 if is_silent else 0
            if silent == _LONG_SILENCE:
                loud = frame + _LONG_SILENCE
                return loud - _ONSET if loud < WINDOW else 0
        return 0


def hear(voices: Tensor, ends: Tensor, starts: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """Windows of voices [N, F 640] in which `ends` frames were heard and speech begins at frame `starts`: [N, 92 640], normalised by what is known.

    Half a second follows that was not heard: the echo of the speech, which stands before its beginning too.
    """
    heard = WINDOW * SAMPLES_PER_FRAME
    places = torch.arange((WINDOW + BEYOND) * SAMPLES_PER_FRAME, device=voices.device)[None]
    starts = starts[:, None] * SAMPLES_PER_FRAME
    before, behind = starts + _mirrored(starts - 1 - places, heard - starts), heard - 1 - _mirrored(places - heard, heard - starts)
    echoed = torch.where(places < starts, before, torch.where(places >= heard, behind, places))
    sources = echoed + ends[:, None] * SAMPLES_PER_FRAME - heard
    window = voices.gather(1, sources.clamp(min=0)) * (sources >= 0)
    return (window - means[:, None]) / variances[:, None].sqrt()


def _mirrored(distances: Tensor, lengths: Tensor) -> Tensor:
    """Places that go there and back again and again."""
    places = distances % (2 * lengths)
    return torch.where(places < lengths, places, 2 * lengths - 1 - places)


def _mixed(total: float, squares: float, weight: float) -> tuple[float, float, float]:
    """What is known after some speech: the voice's own measures, and a usual voice's as long as it has said little."""
    if weight == 0:
        return 0.0, _USUAL_VARIANCE, _SILENT_POWER
    share = weight / (weight + _USUAL_LENGTH)
    mean = share * total / weight
    measured = squares / weight - mean * mean
    variance = numpy.exp(share * numpy.log(measured) + (1 - share) * numpy.log(_USUAL_VARIANCE))
    return mean, float(variance), max(_SILENT_POWER, _SILENT_SHARE * measured)
