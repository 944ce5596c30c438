"""Voices that were recorded beforehand: for each a WAV file of 16 kHz, and beside it a text that says when its sounds begin.

A line of the text is a time in seconds and a sound in IPA, none for a pause; `=` in its place begins an utterance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy

from open_moda.speech.espeak import SAMPLE_RATE, Phoneme, Utterance
from open_moda.speech.waves import read_wave, write_wave

_BEGINS = "="


def write(path: Path, utterances: Sequence[Utterance]) -> None:
    """Writes a voice as `path`.wav and `path`.txt."""
    lines, position = [], 0
    for utterance in utterances:
        start = position / SAMPLE_RATE
        lines += [f"{start:.4f} {_BEGINS}\n", *(f"{start + phoneme.start:.4f} {phoneme.name}\n" for phoneme in utterance.phonemes)]
        position += len(utterance.samples)
    path.with_suffix(".txt").write_text("".join(lines), encoding="utf-8")
    write_wave(path.with_suffix(".wav"), numpy.concatenate([utterance.samples for utterance in utterances]))


def read(path: Path) -> tuple[Utterance, ...]:
    """Reads a voice that `write` has written."""
    samples = read_wave(path.with_suffix(".wav"))
    starts: list[float] = []
    sounds: list[list[Phoneme]] = []
    for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        time, _, name = line.partition(" ")
        if name == _BEGINS:
            starts.append(float(time))
            sounds.append([])
        else:
            sounds[-1].append(Phoneme(name, float(time) - starts[-1]))
    places = [round(start * SAMPLE_RATE) for start in starts] + [len(samples)]
    return tuple(Utterance(samples[first:last], tuple(said)) for first, last, said in zip(places, places[1:], sounds))
