"""Checks the render side. Run: python3 tests/test_render.py"""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from open_moda import safetensors  # noqa: E402
from open_moda.networks.blocks import coordinate_grid  # noqa: E402
from open_moda.networks.motion_extractor import bin_distribution, degrees  # noqa: E402
from open_moda.networks.render import RenderNetworks  # noqa: E402
from open_moda.networks.widths import TINY, RenderWidths  # noqa: E402
from open_moda.pose import Motion, place  # noqa: E402
from open_moda.render_batch import MixedSource, RenderBatch, TextureSource  # noqa: E402
from open_moda.render_weights import load  # noqa: E402
from open_moda.retargeting import LID_RATIO, LIP_RATIO, build  # noqa: E402
from open_moda.training.losses import decibels, flow_difference  # noqa: E402
from open_moda.training.muon import orthogonalised  # noqa: E402
from open_moda.training.render import RenderTraining, RenderTrainingOptions  # noqa: E402

CASES = Path(__file__).resolve().parents[3] / "tests" / "data" / "cases"


class PoseTests(unittest.TestCase):
    """Keypoints stand where the reference has them."""

    def test_keypoints_are_the_reference_s(self) -> None:
        case, _ = safetensors.read(CASES / "motion_math.safetensors")
        pose = torch.stack([degrees(case[f"input.kp_info.{name}"]) for name in ("pitch", "yaw", "roll")], dim=1)
        motion = Motion(case["input.kp_info.exp"].unflatten(1, (21, 3)), case["input.kp_info.scale"], case["input.kp_info.t"], pose)
        points = place(case["input.kp_info.kp"].unflatten(1, (21, 3)), motion)
        torch.testing.assert_close(points, case["output.x_s"], rtol=0, atol=1e-5)

    def test_a_distribution_over_bins_has_the_angle_as_its_expectation(self) -> None:
        angles = torch.tensor([-90.0, -1.3, 0.0, 44.7])
        logits = bin_distribution(angles).clamp(min=1e-12).log()
        torch.testing.assert_close(degrees(logits), angles, rtol=0, atol=1e-3)


class WeightTests(unittest.TestCase):
    """Files give back what was written."""

    def test_safetensors_come_back(self) -> None:
        tensors = {"a": torch.randn(2, 3).half(), "b": torch.arange(5), "c": torch.tensor(1.5)}
        with tempfile.TemporaryDirectory() as folder:
            safetensors.write(Path(folder) / "x.safetensors", tensors, {"key": "value"})
            read, metadata = safetensors.read(Path(folder) / "x.safetensors")
        self.assertEqual(metadata, {"key": "value"})
        self.assertEqual(list(read), list(tensors))
        for name, tensor in tensors.items():
            torch.testing.assert_close(read[name], tensor, rtol=0, atol=0)

    def test_widths_follow_from_the_tensors(self) -> None:
        for widths in (TINY, RenderWidths()):
            networks = RenderNetworks(widths)
            tensors = {module: networks.get_submodule(module).state_dict() for module in networks.MODULES}
            self.assertEqual(RenderWidths.of(tensors), widths)


class RetargetingTests(unittest.TestCase):
    """The written MLPs compute what they say."""

    def test_openings_move_along_the_controls(self) -> None:
        jaw, left, right = torch.randn(3, 63)
        networks = build(jaw, left, right)
        points = torch.randn(4, 63)
        ratios = torch.tensor([[0.3, 0.0], [0.0, 0.5], [0.2, 0.2], [0.1, 0.9]])
        expected = (ratios[:, 1:] - ratios[:, :1]) / LIP_RATIO * jaw
        torch.testing.assert_close(networks.lip(torch.cat((points, ratios), dim=1)), expected, rtol=1e-4, atol=1e-5)
        opening = torch.tensor([[0.3, 0.3, 0.0], [0.0, 0.2, 0.35], [0.2, 0.1, 0.2], [0.1, 0.1, 0.1]])
        expected = ((opening[:, :1] - opening[:, 2:]) * left + (opening[:, 1:2] - opening[:, 2:]) * right) / LID_RATIO
        torch.testing.assert_close(networks.eye(torch.cat((points, opening), dim=1)), expected, rtol=1e-4, atol=1e-5)
        self.assertEqual(networks.stitching(torch.randn(4, 126)).abs().max().item(), 0)


class SourceTests(unittest.TestCase):
    """Batches are what they say."""

    def test_still_targets_are_their_sources_and_the_flow_explains_the_moved(self) -> None:
        held_out = TextureSource(3, torch.device("cpu"), size=128).held_out()
        still, moved = held_out["textures still"], held_out["textures moved"]
        self.assertGreater(decibels(torch.nn.functional.avg_pool2d(still.target, 2), still.source).min().item(), 60)
        self.assertLess(decibels(torch.nn.functional.avg_pool2d(moved.target, 2), moved.source).mean().item(), 30)
        torch.testing.assert_close(still.driving_keypoints(), still.source_keypoints())
        grid = coordinate_grid(4, 32, 32, like=moved.source)
        flow = torch.nn.functional.interpolate(moved.flow.permute(0, 3, 1, 2), size=(32, 32), mode="area").permute(0, 2, 3, 1)
        shifted = grid.expand(8, -1, -1, -1, -1).clone()
        shifted[..., :2] += flow[:, None]
        self.assertLess(flow_difference(shifted, grid, moved.flow).item(), 1e-10)

    def test_a_mixed_batch_has_its_parts(self) -> None:
        device = torch.device("cpu")
        mixed = MixedSource({"a": (TextureSource(1, device, size=64), 3.0), "b": (TextureSource(2, device, size=64), 1.0)})
        batch = mixed.batch(8)
        self.assertEqual(batch.source.shape, (8, 3, 32, 32))
        self.assertIsInstance(batch, RenderBatch)


class MuonTests(unittest.TestCase):
    """Singular values near 1, whatever they were."""

    def test_matrices_become_orthogonal(self) -> None:
        matrices = torch.randn(3, 6, 40, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 1e-3, 1e3])[:, None, None]
        for turned in (matrices, matrices.transpose(1, 2)):
            values = torch.linalg.svdvals(orthogonalised(turned))
            self.assertGreater(values.min().item(), 0.6)
            self.assertLess(values.max().item(), 1.3)


class TrainingTests(unittest.TestCase):
    """A training can be interrupted, and its weights are found again."""

    def test_training_goes_on_where_it_stopped(self) -> None:
        device = torch.device("cpu")
        with tempfile.TemporaryDirectory() as folder:
            options = RenderTrainingOptions(out=Path(folder), state=Path(folder), seconds=1000, stop_after=0, batch=2)
            first = RenderTraining(TINY, TextureSource(1, device, size=256), device, options)
            first.train_step()
            first.save()
            second = RenderTraining(TINY, TextureSource(1, device, size=256), device, options)
            second.resume()
            self.assertEqual(second.step, 1)
            for name, tensor in first.networks.state_dict().items():
                torch.testing.assert_close(second.networks.state_dict()[name], tensor, rtol=0, atol=0)
            weights = load(Path(folder) / "render.safetensors")
            self.assertEqual(weights.widths, TINY)


if __name__ == "__main__":
    unittest.main()
