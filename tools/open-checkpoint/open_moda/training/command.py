"""What the commands of the trainings have in common. A training's options and their defaults are written once, in its dataclass."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TypeVar, get_args, get_type_hints

import torch

from open_moda.speech import corpus

Options = TypeVar("Options")


def add_options(parser: argparse.ArgumentParser, options: type, **descriptions: str) -> None:
    """Adds an argument for each option of a dataclass, with its default; a switch has a `--no-` beside it."""
    types = get_type_hints(options)
    for option in dataclasses.fields(options):
        kind = next(part for part in (*get_args(types[option.name]), types[option.name]) if part is not type(None))
        required = option.default is dataclasses.MISSING
        parser.add_argument(
            "--" + option.name.replace("_", "-"),
            required=required,
            default=None if required else option.default,
            help=descriptions.get(option.name),
            **({"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}))


def read_options(arguments: argparse.Namespace, options: type[Options], **changed: object) -> Options:
    """The options that `add_options` has read, but for what is `changed`."""
    read = {option.name: getattr(arguments, option.name) for option in dataclasses.fields(options)}
    return options(**(read | changed))


def add_run_arguments(parser: argparse.ArgumentParser, resume: str = "go on from what lies in --out") -> None:
    """Adds where a training runs, and from what it starts."""
    parser.add_argument("--resume", action="store_true", help=resume)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def add_speech_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what speech is made."""
    parser.add_argument("--clips", type=int, default=6000, help="clips of speech")
    parser.add_argument(
        "--recorded", type=Path, default=corpus.bundled_recordings(), help="a folder of record_festival.py, whose voices speak too")
