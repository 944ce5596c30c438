"""Holds the audio encoder and the motion generator against what the reference computes. Run: python3 tests/test_transformers.py"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools" / "open-checkpoint"))

from open_moda import safetensors  # noqa: E402
from open_moda.cases import GeneratedInput  # noqa: E402
from open_moda.networks.audio_encoder import AudioEncoder, AudioWidths, prepare  # noqa: E402
from open_moda.networks.motion_generator import MotionGenerator, MotionWidths  # noqa: E402
from open_moda.sampling import sample_clip  # noqa: E402
from open_moda.synthetic import transformer_weights  # noqa: E402

DATA = ROOT / "tests" / "data"


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """The relative L2 error."""
    return ((actual - expected).norm() / expected.norm()).item()


class TransformerTests(unittest.TestCase):
    """Both networks at the sizes of the preset `tiny`, on synthetic weights, in float64."""

    @torch.no_grad()
    def test_audio_encoder(self) -> None:
        weights = transformer_weights(DATA / "manifest.json", "tiny", "audio_encoder")
        network = AudioEncoder(AudioWidths.of(weights, heads=2))
        network.load_state_dict(weights)
        case, _ = safetensors.read(DATA / "cases" / "hubert.tiny.safetensors")
        actual = network.double()(case["input.wave"].double(), frames=50)[0]
        self.assertLess(relative_error(actual, case["output.hidden_states"].double()), 1e-6)

    @torch.no_grad()
    def test_motion_generator(self) -> None:
        weights = transformer_weights(DATA / "manifest.json", "tiny", "motion_generator")
        network = MotionGenerator(MotionWidths.of(weights))
        missing, unexpected = network.load_state_dict(weights, strict=False)
        self.assertEqual(([], {"null_motion_feat", "scheduler.sigmas"}), (missing, set(unexpected)))
        case, _ = safetensors.read(DATA / "cases" / "dit.tiny.safetensors")
        audio = GeneratedInput("dit.audio", (2, 80, 1, 12, 128), 0, 1).values().double()[:, :, 0]
        actual = network.double()(
            case["input.motion"].double(), case["input.timestep"].double(), audio, case["input.emotion"],
            case["input.ref_kp"].double().mean(dim=1))
        self.assertLess(relative_error(actual, case["output.velocity"].double()), 1e-5)

    @torch.no_grad()
    def test_motion_of_a_clip_of_several_segments(self) -> None:
        weights = transformer_weights(DATA / "manifest.json", "tiny", "motion_generator")
        case, metadata = safetensors.read(DATA / "cases" / "dit_sample.tiny.safetensors")
        network = MotionGenerator(MotionWidths.of(weights))
        network.load_state_dict(weights | {"null_audio_feat": case["input.null_audio_feat"]}, strict=False)
        sigmas = weights["scheduler.sigmas"].double()
        audio = GeneratedInput("sample.audio", (150, 12, 128), 0, 1).values().double()[None]
        actual = sample_clip(
            network.double(), case["input.prev_motion"][0].double(), audio, torch.tensor([int(metadata["emotion"])]),
            case["input.ref_kp"].double(), lambda segment: case["input.noise"][segment, None].double(),
            guidance=float(metadata["cfg_scale"]), steps=int(metadata["steps"]),
            levels=(sigmas[-1] - sigmas[0]).item())
        self.assertLess(relative_error(actual[0], case["output.motion"].double()), 1e-4)

    def test_prepared_samples_have_two_features_for_each_frame(self) -> None:
        samples, frames = prepare(torch.randn(2, 16_123))
        self.assertEqual((25, (2, 25 * 640 + 80)), (frames, tuple(samples.shape)))


if __name__ == "__main__":
    unittest.main()
