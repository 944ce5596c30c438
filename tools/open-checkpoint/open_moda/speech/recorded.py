"""Voices that were recorded beforehand: for each a WAV file of 16 kHz, and beside it a text that says when its sounds begin.

A line of the text is a time in seconds and a sound in IPA, none for a pause; `=` in its place begins an utterance.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy

from open_moda.speech.espeak import SAMPLE_RATE, Phoneme, Utterance

_BEGINS = "="


def write(path: Path, utterances: Sequence[Utterance]) -> None:
    """Writes a voice as `path`.wav and `path`.txt."""
    lines, position = [], 0
    for utterance in utterances:
        start = position / SAMPLE_RATE
        lines += [f"{start:.4f} {_BEGINS}\n", *(f"{start + phoneme.start:.4f} {phoneme.name}\n" for phoneme in utterance.phonemes)]
        position += len(utterance.samples)
    path.with_suffix(".txt").write_text("".join(lines), encoding="utf-8")
    samples = numpy.concatenate([utterance.samples for utterance in utterances])
    with wave.open(str(path.with_suffix(".wav")), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(numpy.round(samples * 32767).astype("<i2").tobytes())


def read(path: Path) -> tuple[Utterance, ...]:
    """Reads a voice that `write` has written."""
    with wave.open(str(path.with_suffix(".wav"))) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(numpy.float32) / 32767
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
