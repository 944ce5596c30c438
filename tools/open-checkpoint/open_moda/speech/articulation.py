"""From phonemes to the mouth: targets for each sound, joined as muscles join them.

A sound asks for a jaw, a width, a rounding, and so on, each in [0, 1]. Sounds differ in how much they insist: lips must meet for a /p/
whatever surrounds it, while a /k/ takes the lips of its neighbours. The tracks are sampled at 100 Hz, smoothed forwards and backwards
(a mouth begins to round before the vowel sounds), and read at the video's 25 frames a second.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from open_moda.speech.espeak import Phoneme

TRACKS = ("jaw_open", "lip_wide", "lip_round", "lip_press", "upper_lip_raise")
TRACK_RATE = 100
FRAME_RATE = 25

_OPEN_SECONDS, _CLOSED_SECONDS = 0.11, 0.045
"""Half lengths of the windows that smooth vowels and closures."""

_EARLIER_AND_LONGER = 0.03
"""How long lips that meet do so before and after the sound, in seconds: a short /p/ closes them wholly too."""


@dataclass(frozen=True)
class _Sound:
    """Targets of the tracks, and how much the sound insists on them."""

    jaw: float
    wide: float = 0.0
    round: float = 0.0
    press: float = 0.0
    raised: float = 0.0
    weight: float = 1.0


def _groups() -> list[tuple[str, _Sound]]:
    return [
        # Vowels, from close to open.
        ("i", _Sound(0.18, wide=0.9)),
        ("ɨɯ", _Sound(0.2, wide=0.4)),
        ("yʉ", _Sound(0.18, round=0.95)),
        ("u", _Sound(0.2, round=1.0)),
        ("ɪ", _Sound(0.28, wide=0.65)),
        ("ʏʊ", _Sound(0.28, round=0.75)),
        ("e", _Sound(0.4, wide=0.7)),
        ("ø", _Sound(0.4, round=0.8)),
        ("oɵ", _Sound(0.45, round=0.85)),
        ("ɘɤ", _Sound(0.4, wide=0.2)),
        ("əᵻɚ", _Sound(0.35, wide=0.1, weight=0.6)),
        ("ɛε", _Sound(0.6, wide=0.5)),
        ("œɞɜɝ", _Sound(0.5, round=0.35)),
        ("ɔ", _Sound(0.65, round=0.55)),
        ("ʌɐ", _Sound(0.7, wide=0.15)),
        ("æ", _Sound(0.85, wide=0.5)),
        ("aɑ", _Sound(1.0, wide=0.2)),
        ("ɒ", _Sound(0.85, round=0.35)),
        # Lips together; lip to teeth; rounded.
        ("pbmɓ", _Sound(0.0, press=1.0, weight=4)),
        ("fvɱʋ", _Sound(0.1, wide=0.15, press=0.45, raised=0.45, weight=2.5)),
        ("ɸβ", _Sound(0.08, press=0.4, weight=2)),
        ("wʍɥ", _Sound(0.12, round=1.0, weight=2)),
        ("ʃʒɕʑʂʐ", _Sound(0.14, round=0.5, raised=0.3, weight=1.5)),
        # Tongue: the lips do little.
        ("sz", _Sound(0.1, wide=0.4, raised=0.2, weight=1.2)),
        ("tdɗʈɖ", _Sound(0.14, wide=0.25, weight=0.8)),
        ("nɳɲ", _Sound(0.16, wide=0.2, weight=0.7)),
        ("lɫɭʎɬ", _Sound(0.28, wide=0.2, weight=0.7)),
        ("rɹɻɾɽʀʁ", _Sound(0.22, round=0.3, weight=0.7)),
        ("θð", _Sound(0.2, wide=0.2, weight=0.9)),
        ("jʝ", _Sound(0.2, wide=0.7, weight=0.8)),
        ("kɡgqŋɠcɟ", _Sound(0.25, weight=0.5)),
        ("xɣχçħʕhɦʔ", _Sound(0.3, weight=0.3)),
    ]


_TABLE = {letter: sound for letters, sound in _groups() for letter in letters}
_CLASSES = {letter: index + 1 for index, (letters, _) in enumerate(_groups()) for letter in letters}
CLASS_COUNT = len(_groups()) + 2
"""Classes of sounds that share a mouth: silence first, unknown sounds last."""

_REST = _Sound(0.0, weight=1.0)
_UNKNOWN = _Sound(0.3, weight=0.3)


def sounds_of(name: str) -> list[str]:
    """The letters of a phoneme that stand for sounds: a diphthong has two; length, stress and other marks have none."""
    plain = unicodedata.normalize("NFD", name)
    return [letter for letter in plain if unicodedata.category(letter) in ("Ll", "Lo")]


def tracks(phonemes: Sequence[Phoneme], seconds: float) -> numpy.ndarray:
    """[frames, 5]: the tracks at the middle of every video frame, each in [0, 1]."""
    steps = max(int(round(seconds * TRACK_RATE)), 1)
    targets = numpy.zeros((steps, len(TRACKS)), numpy.float32)
    weights = numpy.full(steps, _REST.weight, numpy.float32)
    starts = [phoneme.start for phoneme in phonemes]
    ends = [*starts[1:], seconds]
    for phoneme, start, end in zip(phonemes, starts, ends):
        letters = sounds_of(phoneme.name)
        for index, letter in enumerate(letters):
            sound = _TABLE.get(letter, _UNKNOWN)
            first = int((start + (end - start) * index / len(letters)) * TRACK_RATE)
            last = max(int((start + (end - start) * (index + 1) / len(letters)) * TRACK_RATE), first + 1)
            targets[first:last] = (sound.jaw, sound.wide, sound.round, sound.press, sound.raised)
            weights[first:last] = sound.weight
    slow = _blend(targets, weights, _OPEN_SECONDS)
    closures = _smooth(_widen(targets[:, 3], _EARLIER_AND_LONGER), _CLOSED_SECONDS)

    # Where the lips meet, nothing holds them open.
    smoothed = slow.copy()
    smoothed[:, 3] = closures
    smoothed[:, 0] *= 1 - numpy.clip(closures, 0, 1) ** 0.7
    return _at_frames(smoothed, seconds)


def classes(phonemes: Sequence[Phoneme], seconds: float) -> numpy.ndarray:
    """[frames]: the class of the sound in the middle of every video frame."""
    times = (numpy.arange(frame_count(seconds)) + 0.5) / FRAME_RATE
    found = numpy.zeros(len(times), numpy.int64)
    starts = [phoneme.start for phoneme in phonemes]
    for phoneme, start, end in zip(phonemes, starts, [*starts[1:], seconds]):
        letters = sounds_of(phoneme.name)
        for index, letter in enumerate(letters):
            first, last = (start + (end - start) * part / len(letters) for part in (index, index + 1))
            found[(times >= first) & (times < last)] = _CLASSES.get(letter, CLASS_COUNT - 1)
    return found


def frame_count(seconds: float) -> int:
    """Whole video frames."""
    return int(seconds * FRAME_RATE + 1e-6)


def _at_frames(values: numpy.ndarray, seconds: float) -> numpy.ndarray:
    times = (numpy.arange(frame_count(seconds)) + 0.5) / FRAME_RATE * TRACK_RATE - 0.5
    grid = numpy.arange(len(values))
    return numpy.stack([numpy.interp(times, grid, values[:, track]) for track in range(values.shape[1])], axis=1).astype(numpy.float32)


def _window(seconds: float) -> numpy.ndarray:
    window = numpy.hanning(max(int(seconds * TRACK_RATE) * 2 + 1, 3) + 2)[1:-1]
    return window / window.sum()


def _smooth(values: numpy.ndarray, seconds: float) -> numpy.ndarray:
    window = _window(seconds)
    side = len(window) // 2
    return numpy.convolve(numpy.pad(values, side, mode="edge"), window, mode="valid")


def _widen(values: numpy.ndarray, seconds: float) -> numpy.ndarray:
    side = int(seconds * TRACK_RATE)
    return numpy.lib.stride_tricks.sliding_window_view(numpy.pad(values, side, mode="edge"), 2 * side + 1).max(axis=1)


def _blend(targets: numpy.ndarray, weights: numpy.ndarray, seconds: float) -> numpy.ndarray:
    """Averages over a window in which sounds that insist count more."""
    total = _smooth(weights, seconds)
    return numpy.stack([_smooth(targets[:, track] * weights, seconds) / total for track in range(targets.shape[1])], axis=1)
