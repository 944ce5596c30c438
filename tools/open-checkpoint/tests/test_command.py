"""A training's options are the arguments of its command."""

from __future__ import annotations

import argparse
import sys
import unittest
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from open_moda.training.audio import AudioTrainingOptions  # noqa: E402
from open_moda.training.command import add_options, read_options  # noqa: E402
from open_moda.training.motion import MotionTrainingOptions  # noqa: E402
from open_moda.training.render import RenderTrainingOptions  # noqa: E402


class CommandTests(unittest.TestCase):
    """Options that are left out have the dataclass's defaults, others the command line's values."""

    def test_what_is_left_out_is_the_default(self) -> None:
        for options in (AudioTrainingOptions, MotionTrainingOptions, RenderTrainingOptions):
            self.assertEqual(self.read(options, "--out", "runs"), options(Path("runs")))

    def test_values_and_switches_are_read(self) -> None:
        options = self.read(
            RenderTrainingOptions, "--out", "runs", "--state", "kept", "--batch", "3", "--learning-rate", "0.5", "--compile", "--no-graph")
        self.assertEqual((options.state_folder, options.batch, options.learning_rate), (Path("kept"), 3, 0.5))
        self.assertEqual((options.compile, options.graph), (True, False))
        self.assertEqual(self.read(RenderTrainingOptions, "--out", "runs").state_folder, Path("runs"))

    def test_what_is_changed_is_not_read(self) -> None:
        parser = argparse.ArgumentParser()
        add_options(parser, AudioTrainingOptions)
        changed = read_options(parser.parse_args(["--out", "runs", "--seconds", "7"]), AudioTrainingOptions, seconds=2.0)
        self.assertEqual(changed.seconds, 2)

    def read(self, options: type, *words: str) -> object:
        """What a command line asks for."""
        parser = argparse.ArgumentParser()
        add_options(parser, options, **{option.name: "described" for option in fields(options)})
        return read_options(parser.parse_args(words), options)


if __name__ == "__main__":
    unittest.main()
