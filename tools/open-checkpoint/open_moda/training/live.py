"""Teaches the audio encoder to hear in a voice that is still speaking what it hears in the whole voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda.networks.audio_encoder import SAMPLES_PER_FRAME, AudioEncoder, pad, prepare
from open_moda.speech import acoustics
from open_moda.speech.live import BEYOND, WINDOW, LiveVoice
from open_moda.speech_networks import SpeechNetworks, read_encoder
from open_moda.training.audio import write_encoder
from open_moda.training.by_clock import TrainingByClock

_ADDED_SILENCE = 2 * 16_000
_ADVANCE, _AHEAD = 4, 3
"""Frames of a live session by default."""
_AHEAD_WEIGHT = 0.4


@dataclass(frozen=True)
class LiveTuningOptions:
    """How to tune: windows and whole clips of a step, the rate, and when to say how far it is."""

    out: Path
    seconds: float = 1800
    windows: int = 12
    wholes: int = 1
    learning_rate: float = 5e-4
    warmup_steps: int = 50
    report_seconds: float = 120


@dataclass(frozen=True)
class Clip:
    """A recording that is live, and whole as the engine reads it with added silence; what the untuned encoder hears in the whole.

    whole: [S], prepared. layers: [F, layers, C]. tokens: [F, C], of the motion generator, without the silence.
    """

    voice: LiveVoice
    whole: Tensor
    layers: Tensor
    tokens: Tensor


@dataclass(frozen=True)
class Hearing:
    """A moment of a live clip: `end` frames were heard, the last `advance + ahead` for the first time; `ahead` of them are heard again."""

    clip: Clip
    end: int
    advance: int
    ahead: int

    @property
    def first(self) -> int:
        """The first frame that is new."""
        return self.end - self.advance - self.ahead


class LiveTuning(TrainingByClock):
    """Tunes the encoder until the time is up; the motion generator stays as it is."""

    name = "audio"

    def __init__(
            self, networks: SpeechNetworks, recordings: numpy.ndarray, held_out: numpy.ndarray, options: LiveTuningOptions, seed: int) -> None:
        self.embed = networks.generator.talking_head_dit.audio_embedder
        self.clips = [self._clip(networks.encoder, recording) for recording in recordings]
        self.held_out = [self._clip(networks.encoder, recording) for recording in held_out]
        self.random = numpy.random.default_rng(seed)
        encoder = networks.encoder.requires_grad_(True)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0)
        super().__init__(encoder, optimizer, decay=0.995, device=torch.device("cpu"), options=options)

    def loss(self) -> Tensor:
        """How far windows, and whole clips, are from what the untuned encoder hears in the whole clips."""
        random = self.random
        hearings = [self._hearing(self._any_clip(), random, random.integers(3, 9), random.integers(2, 6)) for _ in range(self.options.windows)]
        tokens, layers = self._new_frames(self.network, hearings)
        kept = sum(self._change(self.network, self._any_clip()) for _ in range(self.options.wholes)) / self.options.wholes
        return (tokens + layers) / len(hearings) + kept

    def measure(self) -> str:
        """The same for clips that were kept out, heard as by default; of windows the tokens alone."""
        network, random = self.averaged.network, numpy.random.default_rng(0)
        hearings = [self._hearing(clip, random, _ADVANCE, _AHEAD) for clip in self.held_out for _ in range(4)]
        tokens = sum(self._new_frames(network, hearings[n:n + 16])[0] for n in range(0, len(hearings), 16)) / len(hearings)
        wholes = sum(self._change(network, clip) for clip in self.held_out) / len(self.held_out)
        return f"tokens of windows {tokens:.4f} | wholes {wholes:.4f}"

    def write_weights(self) -> None:
        """Writes the averaged encoder in float16."""
        write_encoder(self.weights_path, self.averaged.network, self.step, self.clock.spent)

    def restore_weights(self) -> None:
        """Takes the encoder."""
        weights = read_encoder(self.weights_path).state_dict()
        for network in (self.network, self.averaged.network):
            network.load_state_dict(weights)

    @torch.no_grad()
    def _clip(self, encoder: AudioEncoder, recording: numpy.ndarray) -> Clip:
        samples = recording.astype(numpy.float32) / 32768
        read = acoustics.as_the_engine_reads(samples, emphasised=True).astype(numpy.float32) / 32768
        whole, frames = prepare(torch.from_numpy(numpy.concatenate((read, numpy.zeros(_ADDED_SILENCE, numpy.float32))))[None])
        layers = encoder(whole, frames)
        return Clip(LiveVoice.of(samples), whole[0], layers[0], self.embed(layers)[0, :len(samples) // SAMPLES_PER_FRAME])

    def _any_clip(self) -> Clip:
        return self.clips[self.random.integers(len(self.clips))]

    @staticmethod
    def _hearing(clip: Clip, random: numpy.random.Generator, advance: int, ahead: int) -> Hearing:
        return Hearing(clip, int(random.integers(advance + ahead, len(clip.tokens) + 1)), int(advance), int(ahead))

    def _new_frames(self, network: nn.Module, hearings: Sequence[Hearing]) -> tuple[Tensor, Tensor]:
        """Sums over the hearings of the mean squares by which tokens and layers of their new frames differ; those heard again count less."""
        heard = numpy.stack([hearing.clip.voice.hear(hearing.end, hearing.advance + hearing.ahead) for hearing in hearings])
        layers = network(pad(torch.from_numpy(heard).float()), WINDOW + BEYOND)
        embedded = self.embed(layers)
        tokens_differ, layers_differ = layers.new_zeros(()), layers.new_zeros(())
        for n, hearing in enumerate(hearings):
            new, wanted = slice(WINDOW - hearing.advance - hearing.ahead, WINDOW), slice(hearing.first, hearing.end)
            weights = torch.tensor([1.0] * hearing.advance + [_AHEAD_WEIGHT] * hearing.ahead)
            weights = weights / weights.sum()
            tokens_differ = tokens_differ + ((embedded[n, new] - hearing.clip.tokens[wanted]).square().mean(dim=-1) * weights).sum()
            layers_differ = layers_differ + ((layers[n, new] - hearing.clip.layers[wanted]).square().mean(dim=(-1, -2)) * weights).sum()
        return tokens_differ, layers_differ

    def _change(self, network: nn.Module, clip: Clip) -> Tensor:
        """By how much a whole clip is heard otherwise than by the untuned encoder."""
        layers = network(clip.whole[None], clip.layers.shape[0])
        tokens = self.embed(layers)[0, :len(clip.tokens)]
        return functional.mse_loss(layers[0], clip.layers) + functional.mse_loss(tokens, clip.tokens)
