"""Teaches the audio encoder to hear in a voice that is still speaking what it hears in the whole voice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from open_moda import rig
from open_moda.data.performances import motion_of
from open_moda.measures import correlation
from open_moda.motion_scale import MotionScale
from open_moda.networks.audio_encoder import SAMPLES_PER_FRAME, AudioEncoder, pad, prepare
from open_moda.networks.flow import noisy, sample_segment, timesteps
from open_moda.networks.motion_generator import EXPRESSION
from open_moda.speech import acoustics
from open_moda.speech.corpus import ADDED_SILENCE, Corpus
from open_moda.speech.espeak import SAMPLE_RATE
from open_moda.speech.live import BEYOND, WINDOW
from open_moda.speech_networks import SpeechNetworks, read_encoder
from open_moda.training.audio import write_encoder
from open_moda.training.by_clock import TrainingByClock
from open_moda.training.hearings import ADVANCE, AHEAD, Hearings, HearingSource
from open_moda.training.motion import canonical_keypoints, levels_of_noise, speech_weight
from open_moda.training.precision import autocast

_WHOLES_AT_ONCE = 16


@dataclass(frozen=True)
class LiveTuningOptions:
    """How to tune: windows and whole clips of a step, the rate, and when to say how far it is."""

    out: Path
    seconds: float = 400
    windows: int = 160
    wholes: int = 16
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    wholes_share: float = 3
    """Weight of how whole clips are heard otherwise than before."""
    layers_share: float = 0.2
    """Weight of the layers; the generator's tokens, which it makes of them, count 1."""
    motion_share: float = 10
    """Weight of the motion that the generator makes of what is heard."""
    report_seconds: float = 40


class WholeVoices:
    """A corpus as the untuned encoder hears it, and its motion; the voices as live sessions hear them.

    wholes: [N, S], prepared, with the silence that the engine adds. layers: [N, 80 + F', layers, C] and motion: [N, 80 + F, 70], normalised, begin
    with 80 frames of silence and rest; F' counts the added silence.
    """

    def __init__(self, networks: SpeechNetworks, speech: Corpus, device: torch.device) -> None:
        samples = speech.samples.astype(numpy.float32) / 32768
        self.live = HearingSource(samples, device)
        read = [acoustics.as_the_engine_reads(recording, emphasised=True).astype(numpy.float32) / 32768 for recording in samples]
        silent = numpy.zeros((len(samples), ADDED_SILENCE * SAMPLE_RATE), numpy.float32)
        self.wholes, self.frames = prepare(torch.from_numpy(numpy.concatenate((numpy.stack(read), silent), axis=1)).to(device))
        silence = _encode(networks.encoder, pad(torch.zeros(1, WINDOW * SAMPLES_PER_FRAME, device=device)), WINDOW)
        heard = torch.cat([_encode(networks.encoder, part, self.frames) for part in self.wholes.split(_WHOLES_AT_ONCE)])
        self.layers = torch.cat((silence.expand(len(samples), -1, -1, -1), heard), dim=1)
        motion = motion_of(speech).to(device)
        rest = motion[:, :1].clone()
        rest[..., :EXPRESSION] = 0
        self.motion = networks.scale.normalise(torch.cat((rest.expand(-1, WINDOW, -1), motion), dim=1))
        self.emotions = torch.from_numpy(speech.emotions).to(device)


class LiveTuning(TrainingByClock):
    """Tunes the encoder until the time is up; the motion generator stays as it is."""

    name = "audio"
    options: LiveTuningOptions

    def __init__(
            self, networks: SpeechNetworks, speech: Corpus, held_out: Corpus, device: torch.device, options: LiveTuningOptions, seed: int) -> None:
        networks = networks.to(device)
        self.generator, self.scale = networks.generator, networks.scale
        self.data, self.held_out = (WholeVoices(networks, corpus, device) for corpus in (speech, held_out))
        self.random = numpy.random.default_rng(seed)
        self.weight = speech_weight(networks.scale.denormalise(self.data.motion))
        encoder = networks.encoder.requires_grad_(True)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=0, betas=(0.9, 0.98), weight_decay=0)
        super().__init__(encoder, optimizer, decay=0.995, device=device, options=options)

    def loss(self) -> Tensor:
        """How far windows, and whole clips, are from what the untuned encoder hears in the whole clips, and the motion from what it makes of that."""
        batch = self.data.live.any(self.options.windows, self.random)
        clips = torch.randint(len(self.data.wholes), (self.options.wholes,), device=self.device)
        options = self.options
        with autocast(self.device):
            heard, wanted = self._hear(self.network, batch, self.data)
            tokens, layers = self._differences(heard, wanted, batch)
            motion = self._motion_difference(heard, wanted, batch)
            change = self._change(self.network, self.data, clips)
        return tokens + options.layers_share * layers + options.motion_share * motion + options.wholes_share * change

    @torch.no_grad()
    def measure(self) -> str:
        """The same for clips that were kept out, heard as by default, and how well the jaw follows as it does where the whole voice is known."""
        network, data = self.averaged.network, self.held_out
        batch = data.live.by_default(times=3)
        heard, wanted = self._hear(network, batch, data)
        tokens, _ = self._differences(heard, wanted, batch)
        live, whole = (jaws.flatten() for jaws in self._jaws(heard, wanted, batch, data))
        wholes = self._change(network, data, torch.arange(len(data.wholes), device=self.device))
        return f"tokens of windows {tokens:.4f} | jaw {correlation(live, whole):.4f} | wholes {wholes:.4f}"

    def write_weights(self) -> None:
        """Writes the averaged encoder in float16."""
        write_encoder(self.weights_path, self.averaged.network, self.step, self.clock.spent)

    def restore_weights(self) -> None:
        """Takes the encoder."""
        weights = read_encoder(self.weights_path).state_dict()
        for network in (self.network, self.averaged.network):
            network.load_state_dict(weights)

    @staticmethod
    def _hear(network: AudioEncoder, batch: Hearings, data: WholeVoices) -> tuple[Tensor, Tensor]:
        """[N, 80, layers, C]: what the network hears in the new frames of windows, and the untuned encoder in the others; what that hears in all."""
        wanted = data.layers[batch.clips[:, None], _places(batch)]
        heard = network(pad(batch.samples), WINDOW + BEYOND)[:, :WINDOW].float()
        return torch.where(batch.weights[:, :, None, None] > 0, heard, wanted), wanted

    def _differences(self, heard: Tensor, wanted: Tensor, batch: Hearings) -> tuple[Tensor, Tensor]:
        """Mean squares by which the generator's tokens, and the layers, differ in a new frame."""
        embed = self.generator.talking_head_dit.audio_embedder
        tokens = (embed(heard) - embed(wanted)).float().square().mean(dim=-1)
        layers = (heard - wanted).square().mean(dim=(-1, -2))
        return _mean(tokens, batch), _mean(layers, batch)

    def _motion_difference(self, heard: Tensor, wanted: Tensor, batch: Hearings) -> Tensor:
        """The mean square by which velocities of new frames differ, on the way to the motion that belongs to the speech."""
        motion, previous, emotions, keypoints = self._conditions(batch, self.data)
        level = levels_of_noise(len(motion), self.device)
        inputs = torch.cat((previous[:, None].expand_as(motion), noisy(motion, torch.randn_like(motion), level)), dim=-1)
        with torch.no_grad():
            expected = self.generator(inputs, timesteps(level), wanted, emotions, keypoints)
        velocity = self.generator(inputs, timesteps(level), heard, emotions, keypoints)
        return _mean((self.weight * (velocity - expected).float().square()).mean(dim=-1), batch)

    def _jaws(self, heard: Tensor, wanted: Tensor, batch: Hearings, data: WholeVoices) -> tuple[Tensor, Tensor]:
        """How open the jaw is in the frames of which the last ones are final, sampled from what the network hears and what it should hear."""
        motion, previous, emotions, keypoints = self._conditions(batch, data)
        noise = torch.randn(motion.shape, generator=torch.Generator().manual_seed(1)).to(self.device)
        final = slice(WINDOW - ADVANCE - AHEAD, WINDOW - AHEAD)
        live, whole = (
            rig.controls_of(self.scale.denormalise(sampled)[:, final, :EXPRESSION])[..., rig.CONTROLS.index("jaw_open")]
            for sampled in (sample_segment(self.generator, previous, audio, emotions, keypoints, noise, guidance=1) for audio in (heard, wanted)))
        return live, whole

    def _conditions(self, batch: Hearings, data: WholeVoices) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Motion of the window [N, 80, 70] and before it [N, 70], emotions [N], keypoints [N, 63]."""
        places = _places(batch)
        motion = data.motion[batch.clips[:, None], places]
        previous = data.motion[batch.clips, (places[:, 0] - 1).clamp(min=0)]
        return motion, previous, data.emotions[batch.clips], canonical_keypoints(self.device).expand(len(motion), -1)

    def _change(self, network: AudioEncoder, data: WholeVoices, clips: Tensor) -> Tensor:
        """By how much whole clips are heard otherwise than by the untuned encoder."""
        embed = self.generator.talking_head_dit.audio_embedder
        heard, wanted = network(data.wholes[clips], data.frames).float(), data.layers[clips, WINDOW:]
        return functional.mse_loss(heard, wanted) + functional.mse_loss(embed(heard).float(), embed(wanted).float())


def _places(batch: Hearings) -> Tensor:
    """[N, 80]: where the windows' frames stand in what begins with 80 frames of silence."""
    return batch.ends[:, None] + torch.arange(WINDOW, device=batch.ends.device)


def _mean(values: Tensor, batch: Hearings) -> Tensor:
    """The mean of [N, 80] over new frames."""
    return (values * batch.weights).sum(dim=1).mean()


@torch.no_grad()
def _encode(encoder: AudioEncoder, samples: Tensor, frames: int) -> Tensor:
    return encoder(samples, frames)
