"""A voice as a live session hears it: a window that ends where the voice was heard to, as `SpeechTimeline` and `RunningStatistics` make it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

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

    def hear(self, end: int, coming: int) -> numpy.ndarray:
        """The window [92 640] of which `end` is the number of frames that were heard, the last `coming` of them for the first time.

        Half a second follows that was not heard: the echo of the speech, which stands before its beginning too.
        """
        window = numpy.zeros((WINDOW + BEYOND) * SAMPLES_PER_FRAME, numpy.float32)
        frames = min(end, WINDOW)
        heard = WINDOW * SAMPLES_PER_FRAME
        window[heard - frames * SAMPLES_PER_FRAME:heard] = self.samples[(end - frames) * SAMPLES_PER_FRAME:end * SAMPLES_PER_FRAME]
        start = min(self._speech_start(end, frames), WINDOW - coming) * SAMPLES_PER_FRAME
        speech = window[start:heard]
        before, behind = numpy.arange(start), numpy.arange(len(window) - heard)
        window[start - 1 - before] = speech[_mirrored(before, len(speech))]
        window[heard + behind] = speech[len(speech) - 1 - _mirrored(behind, len(speech))]
        return (window - self.mean[end]) / numpy.sqrt(self.variance[end])

    def _speech_start(self, end: int, frames: int) -> int:
        silent = 0
        for frame in range(WINDOW - 1, -1, -1):
            place = end - WINDOW + frame
            is_silent = frame < WINDOW - frames or self.power[place] <= self.silent_power[end]
            silent = silent + 1 if is_silent else 0
            if silent == _LONG_SILENCE:
                loud = frame + _LONG_SILENCE
                return loud - _ONSET if loud < WINDOW else 0
        return 0


def _mirrored(distance: numpy.ndarray, length: int) -> numpy.ndarray:
    """Places that go there and back again and again."""
    place = distance % (2 * length)
    return numpy.where(place < length, place, 2 * length - 1 - place)


def _mixed(total: float, squares: float, weight: float) -> tuple[float, float, float]:
    """What is known after some speech: the voice's own measures, and a usual voice's as long as it has said little."""
    if weight == 0:
        return 0.0, _USUAL_VARIANCE, _SILENT_POWER
    share = weight / (weight + _USUAL_LENGTH)
    mean = share * total / weight
    measured = squares / weight - mean * mean
    variance = numpy.exp(share * numpy.log(measured) + (1 - share) * numpy.log(_USUAL_VARIANCE))
    return mean, float(variance), max(_SILENT_POWER, _SILENT_SHARE * measured)
