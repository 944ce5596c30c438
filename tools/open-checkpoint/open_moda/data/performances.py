"""How the teacher acts to speech: frames of controls and motion, for networks that see single frames."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from open_moda import rig
from open_moda.speech import corpus


@dataclass(frozen=True)
class Performances:
    """Frames of performances."""

    controls: Tensor
    """[M, C], in the order of `rig.CONTROLS`."""
    motion: Tensor
    """[M, 70]."""

    def to(self, device: torch.device) -> Performances:
        """The same on a device."""
        return Performances(self.controls.to(device), self.motion.to(device))


def make(clips: int, seed: int, held_out: bool) -> Performances:
    """All frames of so many clips of ten seconds."""
    speech = corpus.make(corpus.Recipe(clips, seed=seed, held_out=held_out, clean=True))
    return Performances(controls_of(speech).flatten(0, 1), motion_of(speech).flatten(0, 1))


def controls_of(speech: corpus.Corpus) -> Tensor:
    """[N, F, C]: a corpus's controls in the rig's order."""
    places = [corpus.CONTROLS.index(name) for name in rig.CONTROLS]
    return torch.from_numpy(speech.controls[..., places].astype("float32"))


def motion_of(speech: corpus.Corpus) -> Tensor:
    """[N, F, 70]: the rig's motion of a corpus."""
    growth = torch.from_numpy(speech.growth).float()[..., None]
    shift = torch.from_numpy(speech.shift).float()
    shift = torch.cat((shift, torch.zeros_like(shift[..., :1])), dim=-1)
    return rig.motion(controls_of(speech), growth, shift, torch.from_numpy(speech.pose).float())
