"""Clips of speech with all that belongs to them, made by many processes from a seed."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from open_moda.speech import acoustics, articulation, behaviour, recorded, sentences
from open_moda.speech.espeak import SAMPLE_RATE, Espeak, Phoneme, Utterance, Voice, resample

CONTROLS = (
    *articulation.TRACKS, "smile", "blink_right", "blink_left", "brow_raise", "brow_frown", "gaze_x", "gaze_y", "cheek")
"""The order of the controls in a corpus; the rig may have another."""


@dataclass(frozen=True)
class Corpus:
    """N clips of F frames.

    samples: int16 [N, F 640] as the engine reads them. classes: [N, F], of sounds. tracks: [N, F, 5], of the mouth. voice: [N, F], of vowels.
    controls: float16 [N, F, C]. pose: [N, F, 3]. shift: [N, F, 2]. growth: [N, F]. emotions: [N].
    """

    samples: numpy.ndarray
    classes: numpy.ndarray
    tracks: numpy.ndarray
    voice: numpy.ndarray
    controls: numpy.ndarray
    pose: numpy.ndarray
    shift: numpy.ndarray
    growth: numpy.ndarray
    emotions: numpy.ndarray


@dataclass(frozen=True)
class Recipe:
    """What clips are made of.

    held_out: languages, variants and words that no other corpus has. clean: recordings without rooms and noise. silence_share: of the
    clips, those that end in the silence that the engine adds by default. emphasised: whether all have pre-emphasis, which comes with that
    silence; where it is not said, most have it. recorded: a folder of voices that `recorded.read` reads; they
    speak in a share of the clips.
    """

    clips: int
    seconds: int = 10
    seed: int = 0
    held_out: bool = False
    clean: bool = False
    silence_share: float = 0.4
    emphasised: bool | None = None
    recorded: Path | None = None


ADDED_SILENCE = 2
"""Seconds of silence that the engine adds to speech."""

_CLIPS_A_PROCESS = 4
_RECORDED_SHARE = 0.45
_espeak: Espeak | None = None
_recorded: Sequence[Sequence[Utterance]] = ()


def bundled_recordings() -> Path | None:
    """The recorded voices of an unpacked `bundle_speech.sh`, where OPEN_MODA_ESPEAK names one that has them."""
    folder = os.environ.get("OPEN_MODA_ESPEAK")
    recordings = Path(folder, "recorded") if folder else None
    return recordings if recordings and recordings.is_dir() else None


def make(recipe: Recipe, processes: int | None = None) -> Corpus:
    """Makes the clips; the same for any number of processes."""
    voices = [recorded.read(path) for path in sorted(recipe.recorded.glob("*.wav"))] if recipe.recorded else []

    # espeak-ng remembers what it said, so each few clips have a process of their own; forked, it finds the recordings in memory.
    context = multiprocessing.get_context("fork")
    with context.Pool(processes or os.cpu_count(), _start, (voices,), maxtasksperchild=1) as pool:
        clips = pool.starmap(_make_clip, ((recipe, index) for index in range(recipe.clips)), chunksize=_CLIPS_A_PROCESS)
    return Corpus(*(numpy.stack(parts) for parts in zip(*clips)))


def join(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus of several whose clips are equally long."""
    return Corpus(*(numpy.concatenate(parts) for parts in zip(*(vars(corpus).values() for corpus in corpora))))


def _start(voices: Sequence[Sequence[Utterance]]) -> None:
    global _espeak, _recorded
    _espeak, _recorded = Espeak(), voices


def _make_clip(recipe: Recipe, index: int) -> tuple[numpy.ndarray, ...]:
    numbers = numpy.random.default_rng([recipe.seed, int(recipe.held_out), index])
    words = random.Random(int(numbers.integers(1 << 62)))
    frames = recipe.seconds * articulation.FRAME_RATE
    silence = ADDED_SILENCE if numbers.random() < recipe.silence_share else 0
    samples, phonemes = _speak(recipe, words, recipe.seconds - silence)
    tracks = articulation.tracks(phonemes, recipe.seconds)
    loudness = acoustics.loudness(samples, frames)
    emotion = behaviour.NONE if numbers.random() < 0.2 else int(numbers.integers(len(behaviour.FEELINGS)))
    voice = acoustics.voice(samples, frames)
    performance = behaviour.perform(tracks, loudness, voice, emotion, numbers)
    recording = samples if recipe.clean else acoustics.spoil(samples, numbers)
    emphasised = (silence > 0 or recipe.clean or numbers.random() < 0.7) if recipe.emphasised is None else recipe.emphasised
    read = acoustics.as_the_engine_reads(recording, emphasised)
    read[len(read) - silence * SAMPLE_RATE:] = 0
    return (
        read,
        articulation.classes(phonemes, recipe.seconds),
        tracks,
        voice,
        numpy.stack([performance.controls[name] for name in CONTROLS], axis=1).astype(numpy.float16),
        performance.pose,
        performance.shift,
        performance.growth,
        numpy.int64(emotion),
    )


def _speak(recipe: Recipe, words: random.Random, seconds: int) -> tuple[numpy.ndarray, Sequence[Phoneme]]:
    """Utterances and pauses that fill these seconds of the clip, and the phonemes with a pause after each utterance."""
    total = seconds * SAMPLE_RATE
    samples = numpy.zeros(recipe.seconds * SAMPLE_RATE, numpy.float32)
    phonemes: list[Phoneme] = []
    say, faster = _by_recording(words) if _recorded and words.random() < _RECORDED_SHARE else _by_espeak(recipe, words)
    position = int(words.uniform(0, 1.0) * SAMPLE_RATE)
    while position < total - SAMPLE_RATE // 2:
        spoken = say()
        said = resample(spoken.samples, int(SAMPLE_RATE * faster), SAMPLE_RATE)
        count = min(len(said), total - position)
        samples[position:position + count] = said[:count]
        starts = ((phoneme.name, position / SAMPLE_RATE + phoneme.start / faster) for phoneme in spoken.phonemes)
        phonemes += [Phoneme(name, start) for name, start in starts if start < seconds]
        position += count
        phonemes.append(Phoneme("", position / SAMPLE_RATE))
        position += int(words.choice((0.0, 0.15, 0.5, 1.5)) * words.random() * SAMPLE_RATE)
    return samples, phonemes


def _by_espeak(recipe: Recipe, words: random.Random) -> tuple[Callable[[], Utterance], float]:
    """A voice that says a sentence whenever it is called, and how much faster than said its speech is to be played."""
    assert _espeak is not None
    speak = _espeak.speak
    languages = sentences.HELD_OUT_LANGUAGES + ("en-us",) if recipe.held_out else sentences.LANGUAGES
    variants = sentences.HELD_OUT_VARIANTS if recipe.held_out else sentences.VARIANTS
    english = words.random() < 0.45
    language = words.choice([name for name in languages if name.startswith("en")] if english else languages)
    # Played faster than it was said, a voice has a smaller head.
    faster = words.uniform(0.84, 1.2) if words.random() < 0.6 and not recipe.held_out else 1.0
    voice = Voice(
        f"{language}+{words.choice(variants)}", rate=int(words.randint(120, 230) / faster), pitch=words.randint(15, 85), pitch_range=words.randint(20, 85))
    return lambda: speak(sentences.passage(language, words, parts=1), voice), faster


def _by_recording(words: random.Random) -> tuple[Callable[[], Utterance], float]:
    """The same of a voice that was recorded."""
    voice = words.choice(_recorded)
    return lambda: words.choice(voice), words.uniform(0.8, 1.3)
