"""What happens to speech between a mouth and a file: rooms, noise, music, loudness, and what the engine does before it encodes."""

from __future__ import annotations

import numpy

from open_moda.speech.articulation import FRAME_RATE
from open_moda.speech.espeak import SAMPLE_RATE

_SAMPLES_PER_FRAME = SAMPLE_RATE // FRAME_RATE
_PRE_EMPHASIS = 0.97
_VOICE_HERTZ = 1000
_BANDS = 12


def loudness(samples: numpy.ndarray, frames: int) -> numpy.ndarray:
    """[frames]: 0 at 40 dB below the loudest tenth of the frames or less, 1 at these."""
    power = numpy.square(samples[:frames * _SAMPLES_PER_FRAME].reshape(frames, -1)).mean(axis=1)
    level = 10 * numpy.log10(power + 1e-9)
    top = numpy.quantile(level, 0.9)
    return numpy.clip((level - top + 40) / 40, 0, 1.2).astype(numpy.float32)


def voice(samples: numpy.ndarray, frames: int) -> numpy.ndarray:
    """[frames]: amplitude below 1 kHz, where a voice is and a hiss is not, smoothed over three frames; 1 at the loudest tenth."""
    spectrum = numpy.fft.rfft(samples[:frames * _SAMPLES_PER_FRAME])
    spectrum[int(_VOICE_HERTZ / SAMPLE_RATE * frames * _SAMPLES_PER_FRAME):] = 0
    low = numpy.fft.irfft(spectrum, frames * _SAMPLES_PER_FRAME)
    amplitude = numpy.sqrt(numpy.square(low.reshape(frames, -1)).mean(axis=1))
    smooth = numpy.convolve(numpy.pad(amplitude, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    return numpy.clip(smooth / (numpy.quantile(smooth, 0.9) + 1e-6), 0, 1.3).astype(numpy.float32)


def spoil(samples: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """A recording as it may come: some clean, some with reverberation, noise or music, at any loudness."""
    samples = samples / (numpy.sqrt(numpy.square(samples).mean()) + 1e-6) * 0.08
    if random.random() < 0.25:
        samples = _breathe(samples, random)
    if random.random() < 0.4:
        samples = _reverberate(samples, random)
    if random.random() < 0.4:
        samples = _tilt(samples, random.uniform(-0.6, 0.6))
    if random.random() < 0.4:
        samples = _equalise(samples, random)
    if random.random() < 0.55:
        samples = samples + _noise(len(samples), random) * 0.08 * 10 ** (-random.uniform(8, 40) / 20)
    if random.random() < 0.15:
        samples = samples + _music(len(samples), random) * 0.08 * 10 ** (-random.uniform(8, 25) / 20)
    return (samples * 10 ** (random.uniform(-15, 9) / 20)).astype(numpy.float32)


def as_the_engine_reads(samples: numpy.ndarray, emphasised: bool) -> numpy.ndarray:
    """int16: pre-emphasis comes with added silence, which is the engine's default; both go through 16-bit samples."""
    if emphasised:
        first = samples[0] + (2 * samples[0] - samples[1])
        samples = numpy.concatenate(([first], samples[1:] - _PRE_EMPHASIS * samples[:-1]))
    return numpy.clip(numpy.round(samples * 32768), -32768, 32767).astype(numpy.int16)


def _reverberate(samples: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    length = int(random.uniform(0.1, 0.6) * SAMPLE_RATE)
    response = random.standard_normal(length) * numpy.exp(-6.9 * numpy.arange(length) / length)
    response *= random.uniform(0.1, 0.6) / numpy.sqrt(numpy.square(response).sum())
    response[0] = 1
    return _convolve(samples, response)


def _convolve(samples: numpy.ndarray, response: numpy.ndarray) -> numpy.ndarray:
    size = 1 << (len(samples) + len(response) - 1).bit_length()
    return numpy.fft.irfft(numpy.fft.rfft(samples, size) * numpy.fft.rfft(response, size), size)[:len(samples)]


def _breathe(samples: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """Blurs the harmonics of a voice, which keeps its formants: rough, breathy, nearly whispered."""
    share = random.uniform(0.1, 0.9)
    return samples * ((1 - share) + share * random.standard_normal(len(samples)))


def _equalise(samples: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """What microphones and loudspeakers do: up to 10 dB more or less from band to band."""
    spectrum = numpy.fft.rfft(samples)
    decibels = numpy.interp(numpy.linspace(0, 1, len(spectrum)) ** 0.5, numpy.linspace(0, 1, _BANDS), random.uniform(-10, 10, _BANDS))
    return numpy.fft.irfft(spectrum * 10 ** (decibels / 20), len(samples))


def _tilt(samples: numpy.ndarray, slope: float) -> numpy.ndarray:
    """Lifts high frequencies over low ones, or the other way round."""
    spectrum = numpy.fft.rfft(samples)
    frequencies = numpy.linspace(0.01, 1, len(spectrum))
    return numpy.fft.irfft(spectrum * frequencies ** slope, len(samples))


def _noise(count: int, random: numpy.random.Generator) -> numpy.ndarray:
    """White to brown, of unit power."""
    spectrum = numpy.fft.rfft(random.standard_normal(count))
    frequencies = numpy.maximum(numpy.linspace(0, 1, len(spectrum)), 1e-3)
    values = numpy.fft.irfft(spectrum * frequencies ** -random.uniform(0, 1), count)
    return values / (values.std() + 1e-9)


def _music(count: int, random: numpy.random.Generator) -> numpy.ndarray:
    """Chords of a few harmonics, changing now and then; of unit power."""
    times = numpy.arange(count) / SAMPLE_RATE
    values = numpy.zeros(count)
    start = 0
    while start < count:
        end = min(start + int(random.uniform(0.3, 1.2) * SAMPLE_RATE), count)
        fade = numpy.exp(-numpy.arange(end - start) / SAMPLE_RATE * random.uniform(0.5, 4))
        for _ in range(random.integers(1, 5)):
            pitch = 110 * 2 ** (random.integers(0, 36) / 12)
            for harmonic in range(1, 5):
                values[start:end] += fade * numpy.sin(2 * numpy.pi * pitch * harmonic * times[start:end]) / harmonic
        start = end
    return values / (values.std() + 1e-9)
