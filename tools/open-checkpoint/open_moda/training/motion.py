"""The training of the motion generator: flow matching on the motion that goes with speech, with the audio encoder as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from open_moda import rig, safetensors
from open_moda.checkpoint import canonical
from open_moda.data.performances import motion_of
from open_moda.measures import correlation
from open_moda.motion_scale import MotionScale
from open_moda.networks.audio_encoder import AudioEncoder, prepare
from open_moda.networks.flow import noisy, sample_segment, timesteps
from open_moda.networks.motion_generator import EXPRESSION, FRAMES, MOTION, NO_EMOTION, MotionGenerator, MotionWidths
from open_moda.render_weights import by_module
from open_moda.speech import corpus
from open_moda.training.by_clock import TrainingByClock
from open_moda.training.precision import autocast

MODULE = "motion_generator"

_DEPTH_SHIFT = 66
"""The shift towards the camera, which nothing uses: it has no deviation, as in the reference."""
_SMALLEST_DEVIATION = 0.01
"""Of what the rig never moves: a source whose extractor reads it a little off must not seem far away."""


@dataclass(frozen=True)
class MotionTrainingOptions:
    """How to train."""

    out: Path
    seconds: float = 270
    batch: int = 128
    learning_rate: float = 6e-4
    warmup_steps: int = 300
    weight_decay: float = 1e-3
    report_seconds: float = 30
    without_speech: float = 0.2
    """The share of samples that hear nothing, for guidance; half of them are told no emotion either."""
    without_emotion: float = 0.1


class MotionTraining(TrainingByClock):
    """Trains the motion generator on a corpus until the time is up."""

    name = "motion"

    def __init__(
            self, widths: MotionWidths, encoder: AudioEncoder, speech: corpus.Corpus, held_out: corpus.Corpus, device: torch.device,
            options: MotionTrainingOptions) -> None:
        network = MotionGenerator(widths).to(device)
        optimizer = torch.optim.AdamW(network.parameters(), lr=0, betas=(0.9, 0.99), weight_decay=options.weight_decay)
        super().__init__(network, optimizer, decay=0.999, device=device, options=options)
        self.batch, self.without_speech, self.without_emotion = options.batch, options.without_speech, options.without_emotion
        self.data = Clips(encoder, speech, device)
        self.held_out = Clips(encoder, held_out, device)
        self.scale = statistics(self.data.motion)
        self.canonical = canonical_keypoints(device)
        self.weight = speech_weight(self.data.motion)

    def loss(self) -> Tensor:
        """How far the velocities of a batch are from straight lines between noise and motion."""
        motion, previous, audio, emotions = self.draw(self.batch)
        count = motion.shape[0]
        noise = torch.randn_like(motion)

        level = levels_of_noise(count, self.device)
        inputs = torch.cat((previous[:, None].expand_as(motion), noisy(motion, noise, level)), dim=-1)
        deaf = torch.rand(count, device=self.device) < self.without_speech
        numb = torch.rand(count, device=self.device) < torch.where(deaf, 0.5, self.without_emotion)
        audio = torch.where(deaf[:, None, None, None], self.network.without_speech(audio), audio)
        emotions = torch.where(numb, torch.full_like(emotions, NO_EMOTION), emotions)
        with autocast(self.device):
            velocity = self.network(inputs, timesteps(level), audio, emotions, self.identities(count))
        return (self.weight * (velocity.float() - (noise - motion)).square()).mean()

    def draw(self, count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Segments of clips: normalised motion [N, 80, 70], that before it [N, 70], audio, emotions."""
        clips = torch.randint(self.data.motion.shape[0], (count,), device=self.device)
        last = self.data.motion.shape[1] - FRAMES
        starts = torch.randint(last + 1, (count,), device=self.device)

        # A clip begins with a portrait: its pose, and a face at rest.
        begins = torch.rand(count, device=self.device) < 0.25
        starts = torch.where(begins, torch.zeros_like(starts), starts.clamp(min=1))
        frames = starts[:, None] + torch.arange(FRAMES, device=self.device)
        motion = self.scale.normalise(self.data.motion[clips[:, None], frames])
        before = self.data.motion[clips, (starts - 1).clamp(min=0)]
        resting = before.clone()
        resting[:, :EXPRESSION] = 0
        previous = self.scale.normalise(torch.where(begins[:, None], resting, before))
        previous = previous + torch.rand(count, 1, device=self.device) * 0.3 * torch.randn_like(previous)
        return motion, previous, self.data.audio[clips[:, None], frames].float(), self.data.emotions[clips]

    def identities(self, count: int) -> Tensor:
        """[N, 63]: canonical keypoints of faces that differ from the mean face."""
        return self.canonical + 0.03 * torch.randn(count, self.canonical.shape[0], device=self.device)

    def measure(self) -> str:
        """How well the jaw follows the speech in a segment of each clip that was kept out."""
        clips = self.held_out
        frames = slice(FRAMES, 2 * FRAMES)
        wanted = clips.motion[:, frames]
        count = wanted.shape[0]
        noise = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1)).to(self.device)
        sampled = self.scale.denormalise(sample_segment(
            self.averaged.network, self.scale.normalise(clips.motion[:, FRAMES - 1]), clips.audio[:, frames].float(), clips.emotions,
            self.canonical.expand(count, -1), noise))
        jaw = rig.CONTROLS.index("jaw_open")
        matched = correlation(*(rig.controls_of(motion[..., :EXPRESSION])[..., jaw] for motion in (sampled, wanted)))
        return f"jaw {matched.mean().item():.3f}"

    def write_weights(self) -> None:
        """Writes the averaged weights in float16, with the statistics of the motion."""
        safetensors.write(
            self.weights_path,
            {f"{MODULE}/{name}": tensor.half() for name, tensor in canonical(self.averaged.network.state_dict()).items()},
            {
                "motion_mean": json.dumps(self.scale.mean.tolist()), "motion_std": json.dumps(self.scale.deviation.tolist()),
                "step": str(self.step), "seconds": f"{self.clock.spent:.0f}",
            })

    def state(self) -> dict[str, object]:
        """With the statistics of the motion."""
        return super().state() | {"mean": self.scale.mean, "deviation": self.scale.deviation}

    def restore(self, state: dict[str, object]) -> None:
        """With the statistics of the motion."""
        super().restore(state)
        self.scale = MotionScale(state["mean"], state["deviation"])

    def restore_weights(self) -> None:
        """Takes the weights and the statistics that they were trained with."""
        tensors, metadata = safetensors.read(self.weights_path)
        for network in (self.network, self.averaged.network):
            network.load_state_dict({name: tensor.float() for name, tensor in by_module(tensors)[MODULE].items()})
        self.scale = MotionScale(*(torch.tensor(json.loads(metadata[name]), device=self.device) for name in ("motion_mean", "motion_std")))


class Clips:
    """A corpus on the device: motion [N, F, 70], what the encoder makes of the speech [N, F, layers, C], emotions [N]."""

    def __init__(self, encoder: AudioEncoder, speech: corpus.Corpus, device: torch.device) -> None:
        self.motion = motion_of(speech).to(device)
        self.emotions = torch.from_numpy(speech.emotions).to(device)
        self.audio = encode(encoder.to(device).eval(), torch.from_numpy(speech.samples), device)


def levels_of_noise(count: int, device: torch.device) -> Tensor:
    """Random levels from 0 to 1: most is decided in the middle; every step of a sampling begins at a level of its own."""
    middle = torch.sigmoid(torch.randn(count, device=device))
    return torch.where(torch.rand(count, device=device) < 0.5, middle, torch.rand(count, device=device)).clamp(1e-3, 1)


def canonical_keypoints(device: torch.device) -> Tensor:
    """[63]: the mean face."""
    return torch.as_tensor(rig.CANONICAL, dtype=torch.float32, device=device).flatten()


def speech_weight(motion: Tensor) -> Tensor:
    """[70]: what speech moves counts twice, what nothing moves in motion [..., 70] hardly."""
    moved = motion.flatten(0, -2).std(dim=0) > 1e-4
    basis = torch.as_tensor(rig.BASIS, dtype=torch.float32, device=motion.device)
    spoken = torch.zeros(MOTION, dtype=torch.bool, device=motion.device)
    for name in ("jaw_open", "lip_wide", "lip_round", "lip_press"):
        spoken[:EXPRESSION] |= basis[rig.CONTROLS.index(name)].abs() > 1e-5
    weight = torch.where(moved, 1.0, 0.02)
    return torch.where(moved & spoken, 2.0, weight)


def statistics(motion: Tensor) -> MotionScale:
    """Mean and deviation of each of the 70 dimensions."""
    values = motion.flatten(0, 1)
    deviation = values.std(dim=0).clamp(min=_SMALLEST_DEVIATION)
    deviation[_DEPTH_SHIFT] = 0
    return MotionScale(values.mean(dim=0), deviation)


@torch.no_grad()
def encode(encoder: AudioEncoder, samples: Tensor, device: torch.device, batch: int = 32) -> Tensor:
    """int16 samples [N, S] to [N, F, layers, C] in bfloat16, which halves what a corpus takes."""
    encoded = []
    for part in samples.split(batch):
        prepared, frames = prepare(part.to(device).float() / 32768)
        encoded.append(encoder(prepared, frames).bfloat16())
    return torch.cat(encoded)
