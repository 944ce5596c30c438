"""WAV files of speech: 16 bits a sample, read as mono at the trainings' rate."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy

from open_moda.speech.espeak import SAMPLE_RATE, resample


def read_wave(path: Path) -> numpy.ndarray:
    """Mono samples at 16 kHz in [-1, 1] of a 16-bit WAV file."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path} has {8 * file.getsampwidth()} bits a sample; 16 are needed.")
        values = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16).reshape(-1, file.getnchannels())
        return resample(values.mean(axis=1).astype(numpy.float32) / 32768, file.getframerate(), SAMPLE_RATE)


def write_wave(path: Path, samples: numpy.ndarray) -> None:
    """Writes samples at 16 kHz; what `read_wave` gave comes back to the last bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(numpy.clip(numpy.round(samples * 32768), -32768, 32767).astype(numpy.int16).tobytes())
