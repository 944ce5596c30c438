"""The parity cases of the audio encoder, the motion generator and the sampling of a clip."""

from __future__ import annotations

from pathlib import Path

import torch

from open_moda.cases import GeneratedInput, write_case
from open_moda.networks.audio_encoder import prepare
from open_moda.networks.motion_generator import FRAMES, KEYPOINTS, MOTION
from open_moda.sampling import sample_clip, segment_count
from open_moda.speech_networks import load_folder

_STEPS, _GUIDANCE, _EMOTION = 10, 1.2, 4
_CLIP_FRAMES = 150


@torch.no_grad()
def write_speech_cases(weights: Path, out: Path, suffix: str) -> list[Path]:
    """Writes `hubert.SUFFIX.safetensors`, `dit.SUFFIX.safetensors` and `dit_sample.SUFFIX.safetensors`; gives the files."""
    networks = load_folder(weights)
    encoder, generator = networks.encoder.double(), networks.generator.double()
    audio, random = generator.widths, torch.Generator().manual_seed(2)
    paths = [out / f"{kind}.{suffix}.safetensors" for kind in ("hubert", "dit", "dit_sample")]

    # Two seconds of sweeping tones in noise: what the encoder hears must not be noise alone.
    times = torch.arange(32_000) / 16_000
    wave, frames = prepare((torch.sin(2000 * times * (1 + times)) * torch.sin(9 * times) + 0.1 * torch.randn(32_000, generator=random))[None])
    write_case(
        paths[0], "hubert", weights, {"hidden_states": encoder(wave.double(), frames)[0]}, stored={"wave": wave},
        parameters={"seq_len": frames, "heads": encoder.widths.heads, "conv_groups": encoder.widths.position_groups})

    heard = GeneratedInput("dit.audio", (2, FRAMES, 1, audio.audio_layers, audio.audio), 0, 1.0)
    motion, timesteps, emotions = torch.randn((2, FRAMES, 2 * MOTION), generator=random), torch.tensor([1000.0, 223.0]), torch.tensor([8, 2])
    keypoints = 0.2 * torch.randn((2, KEYPOINTS), generator=random)
    velocity = generator(motion.double(), timesteps.double(), heard.values().double()[:, :, 0], emotions, keypoints.double())
    write_case(
        paths[1], "dit", weights, {"velocity": velocity}, {"audio": heard},
        {"motion": motion, "timestep": timesteps, "emotion": emotions, "ref_kp": keypoints[:, None].expand(-1, FRAMES, -1)})

    heard = GeneratedInput("sample.audio", (_CLIP_FRAMES, audio.audio_layers, audio.audio), 0, 1.0)
    noise = torch.randn((segment_count(_CLIP_FRAMES), FRAMES, MOTION), generator=random)
    previous = 0.5 * torch.randn((1, 1, MOTION), generator=random)
    sampled = sample_clip(
        generator, previous[0].double(), heard.values().double()[None], torch.tensor([_EMOTION]), keypoints[:1].double(),
        lambda segment: noise[segment, None].double(), guidance=_GUIDANCE, steps=_STEPS)
    write_case(
        paths[2], "dit_sample", weights, {"motion": sampled[0]}, {"audio": heard},
        {"ref_kp": keypoints[:1], "prev_motion": previous, "null_audio_feat": generator.null_audio_feat, "noise": noise},
        parameters={"cfg_scale": _GUIDANCE, "emotion": _EMOTION, "steps": _STEPS})
    return paths
