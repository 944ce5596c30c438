"""The training of the audio encoder: what is said, how loud, and what the mouth does, read from every few of its layers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda import safetensors
from open_moda.checkpoint import AudioEncoderSettings, canonical
from open_moda.measures import correlation
from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths, prepare
from open_moda.speech.articulation import CLASS_COUNT, TRACKS
from open_moda.speech.corpus import Corpus
from open_moda.speech_networks import read_encoder
from open_moda.training.by_clock import TrainingByClock
from open_moda.training.precision import autocast

MODULE = "audio_encoder"


@dataclass(frozen=True)
class AudioTrainingOptions:
    """How to train."""

    out: Path
    seconds: float = 180
    batch: int = 48
    learning_rate: float = 1e-3
    warmup_steps: int = 300
    weight_decay: float = 1e-2
    report_seconds: float = 20


class Reading(nn.Module):
    """What a training reads from one layer's output; it is thrown away."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, CLASS_COUNT + len(TRACKS) + 1)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[..., C] to logits of sounds, tracks of the mouth and how loud the vowels are."""
        return self.linear(hidden).split((CLASS_COUNT, len(TRACKS), 1), dim=-1)


class ReadEncoder(nn.Module):
    """The encoder, and readings of every third layer."""

    def __init__(self, widths: AudioWidths) -> None:
        super().__init__()
        self.encoder = AudioEncoder(widths)
        self.read_layers = tuple(range(2, widths.layers, 3))
        self.readings = nn.ModuleList(Reading(widths.width) for _ in self.read_layers)

    def forward(self, samples: Tensor, frames: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        """[N, samples] to the readings of [N, frames, ...]."""
        layers = self.encoder(samples, frames)
        return [reading(layers[:, :, layer]) for reading, layer in zip(self.readings, self.read_layers)]


class AudioTraining(TrainingByClock):
    """Trains the audio encoder on a corpus until the time is up."""

    name = "audio"

    def __init__(self, widths: AudioWidths, corpus: Corpus, held_out: Corpus, device: torch.device, options: AudioTrainingOptions) -> None:
        network = ReadEncoder(widths).to(device)
        optimizer = torch.optim.AdamW(network.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=options.weight_decay)
        super().__init__(network, optimizer, decay=0.998, device=device, options=options)
        self.batch = options.batch
        self.data, self.held_out = Batches(corpus, device), Batches(held_out, device)

    def loss(self) -> Tensor:
        """How far the readings of a batch are from what they should be."""
        samples, wanted = self.data.draw(self.batch)
        with autocast(self.device):
            readings = self.network(samples, wanted.classes.shape[1])
        return sum(difference(reading, wanted) for reading in readings) / len(readings)

    def measure(self) -> str:
        """How well what was kept out is read from the last layer."""
        right = matched = 0.0
        parts = list(self.held_out.all(self.batch))
        for samples, wanted in parts:
            logits, tracks, _ = self.averaged.network(samples, wanted.classes.shape[1])[-1]
            right += (logits.argmax(dim=-1) == wanted.classes).float().mean().item() / len(parts)
            matched += correlation(tracks[..., 0], wanted.tracks[..., 0]).mean().item() / len(parts)
        return f"sounds {100 * right:.1f} % | jaw {matched:.3f}"

    def write_weights(self) -> None:
        """Writes the averaged encoder in float16."""
        write_encoder(self.weights_path, self.averaged.network.encoder, self.step, self.clock.spent)

    def restore_weights(self) -> None:
        """Takes the encoder; its readings begin anew."""
        weights = read_encoder(self.weights_path).state_dict()
        for network in (self.network, self.averaged.network):
            network.encoder.load_state_dict(weights)


@dataclass(frozen=True)
class Wanted:
    """What a batch should be read as: [N, F], [N, F, 5], [N, F]."""

    classes: Tensor
    tracks: Tensor
    voice: Tensor


class Batches:
    """A corpus on the device."""

    def __init__(self, corpus: Corpus, device: torch.device) -> None:
        self.samples = torch.from_numpy(corpus.samples).to(device)
        self.wanted = Wanted(*(torch.from_numpy(values).to(device) for values in (corpus.classes, corpus.tracks, corpus.voice)))

    def __len__(self) -> int:
        return self.samples.shape[0]

    def draw(self, count: int) -> tuple[Tensor, Wanted]:
        """A random batch."""
        return self.take(torch.randint(len(self), (count,), device=self.samples.device))

    def all(self, count: int) -> list[tuple[Tensor, Wanted]]:
        """Everything, in batches."""
        return [self.take(torch.arange(start, min(start + count, len(self)), device=self.samples.device)) for start in range(0, len(self), count)]

    def take(self, indices: Tensor) -> tuple[Tensor, Wanted]:
        """Some clips, as the encoder wants them."""
        samples, _ = prepare(self.samples[indices].float() / 32768)
        wanted = self.wanted
        return samples, Wanted(wanted.classes[indices], wanted.tracks[indices], wanted.voice[indices])


def write_encoder(path: Path, encoder: AudioEncoder, step: int, seconds: float) -> None:
    """Writes an encoder in float16, with what its tensors do not say."""
    settings = AudioEncoderSettings(attention_heads=encoder.widths.heads)
    safetensors.write(
        path,
        {f"{MODULE}/{name}": tensor.half() for name, tensor in canonical(encoder.state_dict()).items()},
        {MODULE: json.dumps(asdict(settings)), "step": str(step), "seconds": f"{seconds:.0f}"})


def difference(reading: tuple[Tensor, Tensor, Tensor], wanted: Wanted) -> Tensor:
    """How far a reading is from what it should be."""
    logits, tracks, voice = (part.float() for part in reading)
    sounds = functional.cross_entropy(logits.flatten(0, 1), wanted.classes.flatten(), label_smoothing=0.05)
    return sounds + 4 * (tracks - wanted.tracks).abs().mean() + 3 * (voice[..., 0] - wanted.voice).abs().mean()
