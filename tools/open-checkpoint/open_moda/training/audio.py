"""The training of the audio encoder: what is said, how loud, and what the mouth does, read from every few of its layers."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda import safetensors
from open_moda.checkpoint import AudioEncoderSettings, canonical
from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths, prepare
from open_moda.render_weights import by_module
from open_moda.speech.articulation import CLASS_COUNT, TRACKS
from open_moda.speech.corpus import Corpus
from open_moda.training.averaged import AveragedWeights
from open_moda.training.clock import Clock, learning_rate

WEIGHTS_FILE = "audio.safetensors"
STATE_FILE = "audio.state.pt"
MODULE = "audio_encoder"


@dataclass(frozen=True)
class AudioTrainingOptions:
    """How to train."""

    out: Path
    seconds: float
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
        """[..., C] to logits of sounds, tracks of the mouth and loudness."""
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


class AudioTraining:
    """Trains the audio encoder on a corpus until the time is up."""

    def __init__(self, widths: AudioWidths, corpus: Corpus, held_out: Corpus, device: torch.device, options: AudioTrainingOptions) -> None:
        self.device, self.options = device, options
        self.data, self.held_out = Batches(corpus, device), Batches(held_out, device)
        self.network = ReadEncoder(widths).to(device)
        self.averaged = AveragedWeights(self.network, decay=0.998)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=options.weight_decay)
        self.clock = Clock(options.seconds)
        self.step = 0
        self._log: list[str] = []

    def run(self) -> None:
        """Trains, reports, keeps."""
        self.clock = Clock(self.options.seconds, self.clock.spent)
        next_report, total, count = self.clock.spent + self.options.report_seconds, 0.0, 0
        while not self.clock.over:
            total, count = total + self.train_step(), count + 1
            if self.clock.spent >= next_report:
                self.report(float(total) / count)
                self.save()
                next_report, total, count = self.clock.spent + self.options.report_seconds, 0.0, 0
        self.report(float(total) / max(count, 1))
        self.save()

    def train_step(self) -> Tensor:
        """One step; gives its loss, on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.clock.progress, self.step, self.options.learning_rate, self.options.warmup_steps)
        self.network.train()
        samples, wanted = self.data.draw(self.options.batch)
        with self.autocast():
            readings = self.network(samples, wanted.classes.shape[1])
        loss = sum(difference(reading, wanted) for reading in readings) / len(readings)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.averaged.update(self.network, self.step)
        self.step += 1
        return loss.detach()

    def autocast(self) -> AbstractContextManager[object]:
        """bfloat16 on a GPU, nothing elsewhere."""
        return torch.autocast("cuda", dtype=torch.bfloat16) if self.device.type == "cuda" else nullcontext()

    @torch.no_grad()
    def report(self, loss: float) -> None:
        """Says how well what was kept out is read from the last layer."""
        right = matched = 0.0
        parts = list(self.held_out.all(self.options.batch))
        for samples, wanted in parts:
            logits, tracks, _ = self.averaged.network(samples, wanted.classes.shape[1])[-1]
            right += (logits.argmax(dim=-1) == wanted.classes).float().mean().item() / len(parts)
            matched += correlation(tracks[..., 0], wanted.tracks[..., 0]).mean().item() / len(parts)
        line = f"step {self.step} | s {self.clock.spent:.0f} | loss {loss:.4f} | held out: sounds {100 * right:.1f} % | jaw {matched:.3f}"
        print(line, flush=True)
        self._log.append(line)

    def save(self) -> None:
        """Writes the averaged encoder in float16, the log, and what --resume needs."""
        out = self.options.out
        out.mkdir(parents=True, exist_ok=True)
        encoder = self.averaged.network.encoder
        settings = AudioEncoderSettings(attention_heads=encoder.widths.heads)
        safetensors.write(
            out / WEIGHTS_FILE,
            {f"{MODULE}/{name}": tensor.half() for name, tensor in canonical(encoder.state_dict()).items()},
            {MODULE: json.dumps(asdict(settings)), "step": str(self.step), "seconds": f"{self.clock.spent:.0f}"})
        (out / "audio.log.md").write_text("".join(f"- {entry}\n" for entry in self._log))
        torch.save({
            "network": self.network.state_dict(), "averaged": self.averaged.network.state_dict(), "optimizer": self.optimizer.state_dict(),
            "step": self.step, "spent": self.clock.spent, "log": self._log}, out / STATE_FILE)

    def resume(self) -> None:
        """Goes on from the whole state, or from the encoder alone, or from nothing, whichever there is."""
        state_path, weights_path = self.options.out / STATE_FILE, self.options.out / WEIGHTS_FILE
        if state_path.exists():
            state = torch.load(state_path, map_location=self.device)
            self.network.load_state_dict(state["network"])
            self.averaged.network.load_state_dict(state["averaged"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self._log = state["step"], state["log"]
            self.clock = Clock(self.options.seconds, state["spent"])
        elif weights_path.exists():
            for network in (self.network, self.averaged.network):
                load_encoder(weights_path, network.encoder)


@dataclass(frozen=True)
class Wanted:
    """What a batch should be read as: [N, F], [N, F, 5], [N, F]."""

    classes: Tensor
    tracks: Tensor
    loudness: Tensor


class Batches:
    """A corpus on the device."""

    def __init__(self, corpus: Corpus, device: torch.device) -> None:
        self.samples = torch.from_numpy(corpus.samples).to(device)
        self.wanted = Wanted(*(torch.from_numpy(values).to(device) for values in (corpus.classes, corpus.tracks, corpus.loudness)))

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
        return samples, Wanted(wanted.classes[indices], wanted.tracks[indices], wanted.loudness[indices])


def difference(reading: tuple[Tensor, Tensor, Tensor], wanted: Wanted) -> Tensor:
    """How far a reading is from what it should be."""
    logits, tracks, loudness = (part.float() for part in reading)
    sounds = functional.cross_entropy(logits.flatten(0, 1), wanted.classes.flatten(), label_smoothing=0.05)
    return sounds + 4 * (tracks - wanted.tracks).abs().mean() + (loudness[..., 0] - wanted.loudness).abs().mean()


def correlation(values: Tensor, others: Tensor) -> Tensor:
    """Pearson's, of each row: [..., F] twice to [...]."""
    values, others = (part.float() - part.float().mean(dim=-1, keepdim=True) for part in (values, others))
    return (values * others).sum(dim=-1) / (values.norm(dim=-1) * others.norm(dim=-1) + 1e-6)


def load_encoder(path: Path, encoder: AudioEncoder) -> None:
    """Fills an encoder from what a training wrote."""
    tensors = by_module(safetensors.read(path)[0])[MODULE]
    encoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
