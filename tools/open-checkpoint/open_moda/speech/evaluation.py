"""Measures of generated motion against the teacher's, and against the loudness of voices that have no teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import Tensor

from open_moda import rig
from open_moda.data.performances import controls_of
from open_moda.measures import correlation
from open_moda.networks.audio_encoder import prepare
from open_moda.networks.motion_generator import EXPRESSION, MOTION
from open_moda.sampling import OVERLAP, STRIDE, sample_clip, seeded_noise
from open_moda.speech import acoustics, behaviour, corpus
from open_moda.speech.articulation import FRAME_RATE, TRACKS
from open_moda.speech.espeak import SAMPLE_RATE
from open_moda.speech.waves import read_wave
from open_moda.speech_networks import SpeechNetworks

EMOTIONS = ("anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise", "none")
_POSE = 67
_CLIP_SECONDS = 20
_LATEST = 2
"""Frames that a mouth may be early or late where it is judged by energy."""
_SETTLED = 12
"""Frames after the last sound until lips must rest."""
_BANDS = ((0.0, 0.25), (0.25, 1.0), (1.0, 3.0), (3.0, 12.6))
"""Of head motion, in Hz."""


@dataclass(frozen=True)
class Judge:
    """Samples motion for speech with a pair of networks."""

    networks: SpeechNetworks
    seed: int

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.networks.scale.mean.device

    @torch.no_grad()
    def hear(self, samples: Tensor, batch: int = 16) -> Tensor:
        """int16 [N, S] to [N, F, layers, C]."""
        heard = []
        for part in samples.split(batch):
            prepared, frames = prepare(part.to(self.device).float() / 32768)
            heard.append(self.networks.encoder(prepared, frames))
        return torch.cat(heard)

    def sample(self, heard: Tensor, emotions: Tensor) -> Tensor:
        """Motion [N, F, 70] of portraits that look ahead, at rest."""
        count = heard.shape[0]
        rest = torch.zeros(count, MOTION, device=self.device)
        rest[:, EXPRESSION] = 1
        canonical = torch.as_tensor(rig.CANONICAL, dtype=torch.float32, device=self.device).flatten()
        motion = sample_clip(
            self.networks.generator, self.networks.scale.normalise(rest), heard, emotions.to(self.device), canonical.expand(count, -1),
            seeded_noise(count, self.seed, heard))
        return self.networks.scale.denormalise(motion).cpu()


def tables(judge: Judge, clips: int, recordings: Sequence[Path]) -> str:
    """All measures as Markdown."""
    speech = corpus.make(corpus.Recipe(clips, seconds=_CLIP_SECONDS, seed=7_000 + judge.seed, held_out=True, silence_share=1))
    heard = judge.hear(torch.from_numpy(speech.samples))
    motion = judge.sample(heard, torch.from_numpy(speech.emotions))
    wanted = controls_of(speech)
    controls = rig.controls_of(motion[..., :EXPRESSION])
    parts = [
        f"# Motion for speech that was kept out of training\n\n{clips} clips of {_CLIP_SECONDS} s, seed {judge.seed}.\n",
        _following(controls, wanted),
        _energy(judge, recordings),
        _silence(controls, wanted, speech.emotions),
        _emotions(judge, heard[:min(clips, 8)]),
        _sway(motion, torch.from_numpy(speech.pose)),
        _steadiness(motion, controls, wanted),
    ]
    return "\n".join(parts)


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(f'{cell:.3f}' if isinstance(cell, float) else str(cell) for cell in line)} |\n" for line in lines)


def _following(controls: Tensor, wanted: Tensor) -> str:
    rows = []
    for name in TRACKS:
        place = rig.CONTROLS.index(name)
        each = correlation(controls[..., place], wanted[..., place])
        ratio = controls[..., place].std(dim=1).mean() / wanted[..., place].std(dim=1).mean()
        rows.append((name, each.mean().item(), each.min().item(), ratio.item()))
    jaw = rig.CONTROLS.index("jaw_open")
    shifts = {
        shift: correlation(controls[:, 5 + shift:-5 + shift or None, jaw], wanted[:, 5:-5, jaw]).mean().item() for shift in range(-4, 5)}
    best = max(shifts, key=shifts.__getitem__)
    return (
        "## Does the mouth follow?\n\nCorrelation with the teacher's, one for each clip; wanted: 0.75 for the opening (`jaw_open`).\n\n"
        + _table(("control", "mean", "worst clip", "size against the teacher's"), rows)
        + f"\nThe opening agrees best when it is read {best * 1000 // FRAME_RATE} ms later than the teacher's ({shifts[best]:.3f}).\n")


def _energy(judge: Judge, recordings: Sequence[Path]) -> str:
    rows = []
    jaw = rig.CONTROLS.index("jaw_open")
    for path in recordings:
        spoken = read_wave(path)
        frames = len(spoken) * FRAME_RATE // SAMPLE_RATE
        samples = numpy.concatenate((acoustics.as_the_engine_reads(spoken, emphasised=True), numpy.zeros(2 * SAMPLE_RATE, numpy.int16)))
        motion = judge.sample(judge.hear(torch.from_numpy(samples)[None]), torch.tensor([behaviour.NONE]))
        opening = rig.controls_of(motion[0, :frames, :EXPRESSION])[:, jaw]
        energy = torch.from_numpy(acoustics.voice(spoken, frames))
        rows.append((path.stem, _best(opening, energy), frames / FRAME_RATE))
    if not rows:
        return "## Other voices\n\nThere were no recordings.\n"
    mean = sum(row[1] for row in rows) / len(rows)
    speech = corpus.make(corpus.Recipe(16, seed=7_000 + judge.seed, held_out=True, clean=True, silence_share=0))
    wanted = controls_of(speech)[..., jaw]
    own = sum(
        _best(opening, torch.from_numpy(acoustics.voice(samples / 32768, len(opening)))) for opening, samples in zip(wanted, speech.samples)
    ) / len(wanted)
    return (
        "## Voices that espeak-ng does not speak\n\nCorrelation of the opening with the amplitude of the voice (below 1 kHz, smoothed over "
        f"three frames), up to {_LATEST * 1000 // FRAME_RATE} ms earlier or later; wanted: 0.5. Mean: {mean:.3f}; the teacher's own on "
        f"speech by espeak-ng: {own:.3f}.\n\n" + _table(("recording", "correlation", "seconds"), rows))


def _best(opening: Tensor, energy: Tensor) -> float:
    """The highest correlation of two tracks [F] that are moved against each other a little."""
    inner = opening[_LATEST:-_LATEST]
    return max(
        correlation(inner, energy[_LATEST + shift:len(energy) - _LATEST + shift]).item() for shift in range(-_LATEST, _LATEST + 1))


def _silence(controls: Tensor, wanted: Tensor, emotions: numpy.ndarray) -> str:
    jaw = rig.CONTROLS.index("jaw_open")
    start = -corpus.ADDED_SILENCE * FRAME_RATE + _SETTLED
    calm = torch.from_numpy(emotions != EMOTIONS.index("surprise"))
    rows = []
    for who, values in (("generated", controls), ("teacher", wanted)):
        silent = values[calm, start:, jaw]
        rows.append((who, silent.mean().item(), silent.quantile(0.95).item(), silent.max().item(), values[..., jaw].quantile(0.95).item()))
    return (
        f"## Do lips rest in silence?\n\nOpening from {_SETTLED / FRAME_RATE:.2f} s after the end of speech on; surprise, which holds the mouth "
        "a little open, is left out.\n\n" + _table(("", "mean", "95 %", "largest", "95 % of all frames"), rows))


def _emotions(judge: Judge, heard: Tensor) -> str:
    count = heard.shape[0]
    means = torch.stack([
        judge.sample(heard, torch.full((count,), emotion)).mean(dim=(0, 1))[:EXPRESSION] for emotion in range(len(EMOTIONS))])
    names = list(rig.CONTROLS)
    feelings = rig.controls_of(means)
    distances = torch.cdist(means, means)
    spoken = [(name, *(distances[row, column].item() * 100 for column in range(len(EMOTIONS)))) for row, name in enumerate(EMOTIONS)]
    apart = distances[:8, :8] + torch.eye(8) * 10
    nearest = divmod(int(apart.argmin()), 8)
    rows = [(name, *(feelings[row, column].item() for column in range(len(names)))) for row, name in enumerate(EMOTIONS)]
    return (
        f"## Emotions\n\nMeans of expression over {count} clips, all said with every emotion. Distances in hundredths of the crop's half side "
        f"(root of the sum over 21 keypoints); the nearest two are {EMOTIONS[nearest[0]]} and {EMOTIONS[nearest[1]]}.\n\n"
        + _table(("", *EMOTIONS), spoken) + "\nMean controls:\n\n" + _table(("", *names), rows))


def _sway(motion: Tensor, wanted: Tensor) -> str:
    rows = []
    for name, place in (("pitch", 0), ("yaw", 1), ("roll", 2)):
        for who, values in (("generated", motion[..., _POSE + place]), ("teacher", wanted[..., place])):
            rows.append((f"{name}, {who}", values.std(dim=1).mean().item(), values.mean(dim=1).abs().mean().item(), *_bands(values)))
    quarter = motion.shape[1] // 4
    drift = (motion[:, -quarter:, _POSE:].mean(dim=1) - motion[:, :quarter, _POSE:].mean(dim=1)).abs().mean().item()
    expected = (wanted[:, -quarter:].mean(dim=1) - wanted[:, :quarter].mean(dim=1)).abs().mean().item()
    bands = [f"{low:g}-{high:g} Hz" for low, high in _BANDS]
    return (
        "## Head\n\nDeviation within a clip and distance of a clip's mean from straight ahead, in degrees; shares of power by frequency.\n\n"
        + _table(("", "deviation", "off centre", *bands), rows)
        + f"\nFrom the first to the last quarter of a clip the pose moves {drift:.2f} degrees, the teacher's {expected:.2f}.\n")


def _bands(values: Tensor) -> list[float]:
    spectrum = torch.fft.rfft(values - values.mean(dim=1, keepdim=True), dim=1).abs().square().mean(dim=0)
    frequencies = torch.fft.rfftfreq(values.shape[1], 1 / FRAME_RATE)
    return [
        (spectrum[(frequencies >= low) & (frequencies < high)].sum() / spectrum.sum()).item() for low, high in _BANDS]


def _steadiness(motion: Tensor, controls: Tensor, wanted: Tensor) -> str:
    change = motion.diff(dim=1)
    border = torch.zeros(change.shape[1], dtype=torch.bool)
    for start in range(STRIDE, motion.shape[1], STRIDE):
        border[start - 1:start + OVERLAP] = True
    rows = []
    for name, part in (("expression", change[..., :EXPRESSION]), ("pose", change[..., _POSE:])):
        size = part.norm(dim=-1)
        rows.append((name, size[:, border].mean().item(), size[:, ~border].mean().item(), size[:, border].max().item(), size[:, ~border].max().item()))
    jaw = rig.CONTROLS.index("jaw_open")
    shake, expected = (values[..., jaw].diff(n=2, dim=1).abs().mean().item() for values in (controls, wanted))
    return (
        "## Steadiness\n\nChange from frame to frame where segments meet (the overlap and the frame before it) and elsewhere.\n\n"
        + _table(("", "mean at borders", "mean elsewhere", "largest at borders", "largest elsewhere"), rows)
        + f"\nMean second difference of the opening: {shake:.4f}, the teacher's {expected:.4f}.\n")
