"""espeak-ng through its library: samples, and the time of every phoneme."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from dataclasses import dataclass

import numpy

SAMPLE_RATE = 16_000

_SYNCHRONOUS = 2
_PHONEME_EVENTS_IN_IPA = 0x1 | 0x2
_DO_NOT_EXIT = 0x8000
_RATE, _PITCH, _RANGE = 1, 3, 4
_POSITION_BY_CHARACTER = 1
_UTF8 = 1
_END_OF_LIST, _PHONEME = 0, 7
_NEEDED = ("libsonic.so.0", "libpcaudio.so.0")
"""What lies beside a bundled library; once they are loaded, the linker does not look for them."""


@dataclass(frozen=True)
class Phoneme:
    """A sound in IPA, and when it begins, in seconds; empty for a pause."""

    name: str
    start: float


@dataclass(frozen=True)
class Utterance:
    """Samples at 16 kHz in [-1, 1], and the phonemes in their order."""

    samples: numpy.ndarray
    phonemes: tuple[Phoneme, ...]


@dataclass(frozen=True)
class Voice:
    """How espeak-ng speaks.

    name: a language and a variant, as "en-us+f2". rate: words a minute. pitch, pitch_range: 0 to 99.
    """

    name: str
    rate: int = 170
    pitch: int = 50
    pitch_range: int = 50


class _Identity(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """The library, of which a process has one.

    Its files are found through OPEN_MODA_ESPEAK, the folder of an unpacked `bundle_speech.sh`, or where the system has them.
    """

    def __init__(self) -> None:
        folder = os.environ.get("OPEN_MODA_ESPEAK")
        name = os.path.join(folder, "libespeak-ng.so.1") if folder else ctypes.util.find_library("espeak-ng")
        if name is None:
            raise OSError("espeak-ng's library was not found: install libespeak-ng1, or set OPEN_MODA_ESPEAK to a folder that holds it.")
        for needed in _NEEDED if folder else ():
            ctypes.CDLL(os.path.join(folder, needed))
        self._library = ctypes.CDLL(name)
        path = folder.encode() if folder else None
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, path, _PHONEME_EVENTS_IN_IPA | _DO_NOT_EXIT)
        if self._rate <= 0:
            raise OSError(f"espeak-ng could not be started with the data of {folder or 'the system'}.")
        self._callback = _CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._blocks: list[numpy.ndarray] = []
        self._phonemes: list[Phoneme] = []

    def speak(self, text: str, voice: Voice) -> Utterance:
        """Speaks a text. Raises ValueError where there is no such voice."""
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice '{voice.name}'.")
        for parameter, value in ((_RATE, voice.rate), (_PITCH, voice.pitch), (_RANGE, voice.pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._blocks, self._phonemes = [], []
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, _POSITION_BY_CHARACTER, 0, _UTF8, None, None)
        spoken = numpy.concatenate(self._blocks) if self._blocks else numpy.zeros(0, numpy.int16)
        return Utterance(resample(spoken.astype(numpy.float32) / 32768, self._rate, SAMPLE_RATE), tuple(self._phonemes))

    def _receive(self, samples: ctypes._Pointer, count: int, events: ctypes._Pointer) -> int:
        if samples and count > 0:
            self._blocks.append(numpy.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _END_OF_LIST:
            event = events[index]
            if event.type == _PHONEME:
                self._phonemes.append(Phoneme(event.id.string.decode(errors="ignore").strip(), event.sample / self._rate))
            index += 1
        return 0


def resample(samples: numpy.ndarray, rate: int, wanted: int) -> numpy.ndarray:
    """Changes the sampling rate by cutting the spectrum; for whole utterances."""
    count = len(samples) * wanted // rate
    if count == 0 or rate == wanted:
        return samples
    spectrum = numpy.fft.rfft(samples)
    kept = numpy.zeros(count // 2 + 1, spectrum.dtype)
    common = min(len(kept), len(spectrum))
    kept[:common] = spectrum[:common]
    return (numpy.fft.irfft(kept, count) * (count / len(samples))).astype(numpy.float32)
