"""Moments of voices that still speak, as live sessions hear them, for the tuning of the audio encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import torch
from torch import Tensor

from open_moda.speech import live
from open_moda.speech.live import WINDOW, LiveVoice

ADVANCE, AHEAD = 4, 3
"""Frames of a live session by default."""

_AHEAD_WEIGHT = 0.4
_ONSET = 30
"""Frames after the first sound in which a session knows little of the voice."""
_ONSET_SHARE = 0.35


@dataclass(frozen=True)
class Moment:
    """`end` frames of a clip were heard, the last `advance + ahead` for the first time; `ahead` of them are heard again."""

    clip: int
    end: int
    advance: int = ADVANCE
    ahead: int = AHEAD


@dataclass(frozen=True)
class Hearings:
    """N moments of voices.

    samples: [N, 92 640], prepared. clips, ends: [N]. weights: [N, 80], how much each frame of the window counts, together 1: those that are heard
    for the first time count, and those that are heard again count less.
    """

    samples: Tensor
    clips: Tensor
    ends: Tensor
    weights: Tensor


class HearingSource:
    """Hears moments of voices on a device."""

    def __init__(self, samples: numpy.ndarray, device: torch.device) -> None:
        """samples: float32 [N, F 640] in [-1, 1]."""
        self.voices = [LiveVoice.of(recording) for recording in samples]
        self._samples = torch.from_numpy(samples).to(device)
        self._onsets = [int((voice.power > voice.silent_power[:-1]).argmax()) for voice in self.voices]

    def any(self, count: int, random: numpy.random.Generator) -> Hearings:
        """Random moments; a share of them lies shortly after the voice has begun."""
        return self.hear([self._any(random) for _ in range(count)])

    def by_default(self, times: int) -> Hearings:
        """So many moments of each voice, heard as by default; the same ones every time."""
        random = numpy.random.default_rng(0)
        return self.hear([
            Moment(clip, int(random.integers(ADVANCE + AHEAD, len(voice.power) + 1)))
            for clip, voice in enumerate(self.voices) for _ in range(times)])

    def hear(self, moments: Sequence[Moment]) -> Hearings:
        """Hears moments."""
        device = self._samples.device
        voices = [self.voices[moment.clip] for moment in moments]
        clips, ends = (torch.tensor([getattr(moment, name) for moment in moments], device=device) for name in ("clip", "end"))
        starts = torch.tensor(
            [voice.speech_start(moment.end, moment.advance + moment.ahead) for voice, moment in zip(voices, moments)], device=device)
        means, variances = (
            torch.tensor([getattr(voice, name)[moment.end] for voice, moment in zip(voices, moments)], dtype=torch.float32, device=device)
            for name in ("mean", "variance"))
        weights = torch.zeros(len(moments), WINDOW)
        for row, moment in zip(weights, moments):
            row[WINDOW - moment.advance - moment.ahead:] = 1
            row[WINDOW - moment.ahead:] = _AHEAD_WEIGHT
            row /= row.sum()
        return Hearings(live.hear(self._samples[clips], ends, starts, means, variances), clips, ends, weights.to(device))

    def _any(self, random: numpy.random.Generator) -> Moment:
        clip = int(random.integers(len(self.voices)))
        advance, ahead = int(random.integers(3, 9)), int(random.integers(2, 6))
        least, most = advance + ahead, len(self.voices[clip].power)
        if random.random() < _ONSET_SHARE:
            least = max(least, min(self._onsets[clip] + ahead, most))
            most = min(least + _ONSET, most)
        return Moment(clip, int(random.integers(least, most + 1)), advance, ahead)
