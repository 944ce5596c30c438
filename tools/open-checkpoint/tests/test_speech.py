"""Checks the speech and its mouths. Run: python3 tests/test_speech.py"""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

import numpy
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from open_moda.speech import acoustics, articulation, behaviour, corpus, festival, recorded  # noqa: E402
from open_moda.speech.articulation import CLASS_COUNT, TRACKS  # noqa: E402
from open_moda.speech.espeak import SAMPLE_RATE, Espeak, Phoneme, Utterance  # noqa: E402
from open_moda.speech.live import BEYOND, WINDOW, LiveVoice  # noqa: E402
from open_moda.training.hearings import HearingSource, Moment  # noqa: E402

JAW, PRESS = TRACKS.index("jaw_open"), TRACKS.index("lip_press")


def has_espeak() -> bool:
    """Whether there is an espeak-ng to speak with."""
    try:
        Espeak()
    except OSError:
        return False
    return True


class LiveVoiceTests(unittest.TestCase):
    """What a live session hears of a voice that begins after a second of silence."""

    SILENT, FRAME = 25, 640

    def setUp(self) -> None:
        speech = 0.1 * numpy.random.default_rng(2).standard_normal(2 * SAMPLE_RATE)
        self.samples = numpy.concatenate((numpy.zeros(self.SILENT * self.FRAME), speech)).astype(numpy.float32)
        self.voice = LiveVoice.of(self.samples)

    def hear(self, end: int, coming: int) -> numpy.ndarray:
        """One window; a shorter one beside it changes nothing."""
        source = HearingSource(self.samples[None], torch.device("cpu"))
        return source.hear([Moment(0, 30, 1, 1), Moment(0, end, coming - 3, 3)]).samples[1].numpy()

    def test_speech_is_heard_as_loud_as_any_and_its_echo_around_it(self) -> None:
        end, coming = self.SILENT + 40, 7
        window = self.hear(end, coming)
        heard = WINDOW * self.FRAME
        self.assertEqual(len(window), (WINDOW + BEYOND) * self.FRAME)
        self.assertAlmostEqual(window[heard - 30 * self.FRAME:heard].std(), 1, delta=0.1)
        numpy.testing.assert_array_equal(window[heard:], window[heard - BEYOND * self.FRAME:heard][::-1])
        start = heard - 42 * self.FRAME
        numpy.testing.assert_array_equal(window[:start][::-1], window[start:2 * start])

    def test_silence_is_no_voice(self) -> None:
        self.assertEqual(self.voice.variance[self.SILENT], self.voice.variance[0])
        self.assertFalse(self.hear(self.SILENT, 7).any())


class ArticulationTests(unittest.TestCase):
    """Sounds with known times."""

    def test_lips_meet_for_short_bilabials_and_part_for_vowels(self) -> None:
        names = ("m", "a", "p", "a", "b", "ɛ", "")
        spoken = [Phoneme(name, 0.5 + 0.12 * index) for index, name in enumerate(names)]
        tracks = articulation.tracks(spoken, 2)
        times = (numpy.arange(len(tracks)) + 0.5) / articulation.FRAME_RATE
        for name, start in ((phoneme.name, phoneme.start) for phoneme in spoken[:-1]):
            during = tracks[(times >= start - 0.03) & (times < start + 0.13)]
            if name in "mpb":
                self.assertGreater(during[:, PRESS].max(), 0.95, name)
                self.assertLess(during[:, JAW].min(), 0.05, name)
            else:
                self.assertGreater(during[:, JAW].max(), 0.25, name)

    def test_a_mouth_rests_in_silence(self) -> None:
        tracks = articulation.tracks([Phoneme("a", 0.2), Phoneme("", 0.5)], 2)
        self.assertLess(tracks[18:].max(), 1e-6)

    def test_controls_stay_in_their_ranges_with_every_emotion(self) -> None:
        random = numpy.random.default_rng(1)
        tracks = random.random((200, len(TRACKS))).astype(numpy.float32)
        for emotion in range(len(behaviour.FEELINGS)):
            controls = behaviour.perform(tracks, *numpy.ones((2, 200), numpy.float32), emotion, random).controls
            self.assertEqual(set(corpus.CONTROLS), set(controls))
            for name, values in controls.items():
                signed = name in ("smile", "gaze_x", "gaze_y")
                self.assertTrue((values >= (-1 if signed else 0)).all() and (values <= 1).all(), name)


class AcousticsTests(unittest.TestCase):
    """What the engine makes of samples."""

    def test_pre_emphasis_follows_the_engine(self) -> None:
        samples = numpy.array([0.25, 0.5, -0.25])
        expected = numpy.array([0.25 + 2 * 0.25 - 0.5, 0.5 - 0.97 * 0.25, -0.25 - 0.97 * 0.5])
        self.assertTrue((numpy.abs(acoustics.as_the_engine_reads(samples, True) / 32768 - expected) < 1 / 32768).all())


def tones() -> list[Utterance]:
    """Two utterances that anything but a voice could say."""
    times = numpy.arange(SAMPLE_RATE) / SAMPLE_RATE
    return [
        Utterance((0.5 * numpy.sin(times * pitch * 6.283)).astype(numpy.float32), (Phoneme("", 0), Phoneme(name, 0.25), Phoneme("", 0.75)))
        for pitch, name in ((220, "a"), (330, "m"))]


class RecordedTests(unittest.TestCase):
    """Voices that were recorded."""

    def test_what_was_written_is_read_again(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            recorded.write(Path(folder, "voice"), tones())
            read = recorded.read(Path(folder, "voice"))
        for said, found in zip(tones(), read, strict=True):
            self.assertEqual(said.phonemes, found.phonemes)
            self.assertLess(numpy.abs(said.samples - found.samples).max(), 1e-4)

    def test_every_phone_of_festival_is_a_known_sound(self) -> None:
        for voice in festival.VOICES:
            for phone, name in voice.phones.items():
                found = articulation.classes([Phoneme(name, 0), Phoneme("", 1)], 1)
                self.assertTrue((found > 0).all() and (found < CLASS_COUNT - 1).all(), f"{voice.name}: {phone} is {name}")


@unittest.skipUnless(has_espeak(), "espeak-ng is not installed")
class CorpusTests(unittest.TestCase):
    """Clips by espeak-ng."""

    def test_clips_do_not_depend_on_the_number_of_processes(self) -> None:
        recipe = corpus.Recipe(clips=6, seconds=4, seed=3)
        one, two = corpus.make(recipe, processes=1), corpus.make(recipe, processes=2)
        for name, values in vars(one).items():
            self.assertTrue((values == vars(two)[name]).all(), name)

    def test_recorded_voices_speak_in_a_share_of_the_clips(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            recorded.write(Path(folder, "voice"), tones())
            clips = corpus.make(corpus.Recipe(clips=12, seconds=4, recorded=Path(folder)), processes=2)
        vowels = [set(clip) - {0} for clip in clips.classes.tolist()]
        told = [found <= set(articulation.classes([Phoneme("am", 0)], 1)) for found in vowels]
        self.assertTrue(any(told) and not all(told), vowels)

    def test_clips_end_in_the_silence_that_the_engine_adds(self) -> None:
        clips = corpus.make(corpus.Recipe(clips=4, seconds=5, silence_share=1), processes=1)
        self.assertFalse(clips.samples[:, -corpus.ADDED_SILENCE * 16_000:].any())
        self.assertTrue(clips.samples[:, :32_000].any(axis=1).all())
        self.assertLess(clips.tracks[:, -40:, JAW].max(), 1e-6)

    def test_a_louder_voice_opens_the_mouth_more(self) -> None:
        clips = corpus.make(corpus.Recipe(clips=8, seconds=8, clean=True, silence_share=0), processes=1)
        place = corpus.CONTROLS.index("jaw_open")
        matched = [
            numpy.corrcoef(acoustics.voice(samples / 32768, len(controls)), controls[:, place].astype(float))[0, 1]
            for samples, controls in zip(clips.samples, clips.controls)]
        self.assertGreater(numpy.mean(matched), 0.6)


if __name__ == "__main__":
    unittest.main()
