"""Measures the render networks on what was kept out of training.

    python3 evaluate_render.py --weights runs/render/render.safetensors --archive sources.zip --out runs/render

Writes `evaluation.md` (one row for each held-out set) and `evaluation.png` (source, teacher, ours with the rig's keypoints, ours with
the extractor's).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from open_moda.networks.render import RenderNetworks
from open_moda.pose import Motion
from open_moda.render_batch import RenderBatch, halve
from open_moda.render_source import HELD_OUT_FACES, render_source
from open_moda.render_weights import load
from open_moda.training.losses import decibels
from open_moda.training.pictures import contact_sheet, write_png
from open_moda.training.render import own_keypoints

COLUMNS = (
    "held out", "samples", "PSNR", "worst", "own keypoints", "worst", "source enlarged", "keypoints, pixels of 256", "pose, degrees",
    "expression, pixels of 256")


@torch.no_grad()
def measure(networks: RenderNetworks, batch: RenderBatch, name: str, chunk: int = 4) -> tuple[list[str], list[list[Tensor]]]:
    """A row of the table and rows of the sheet."""
    parts = [RenderBatch(*(None if values is None else values[i:i + chunk] for values in batch))
             for i in range(0, batch.source.shape[0], chunk)]
    rig, own, enlarged, points, poses, expressions = [], [], [], [], [], []
    pictures: list[list[Tensor]] = []
    for part in parts:
        image = networks(part.source, part.source_keypoints(), part.driving_keypoints()).image
        rig.append(decibels(image, part.target))
        larger = functional.interpolate(part.source, size=part.target.shape[2:], mode="bicubic", align_corners=False)
        enlarged.append(decibels(larger, part.target))
        row = [part.source, part.target, image]
        if part.is_face.any():
            prediction = networks.motion_extractor(part.source)
            own_image = networks(part.source, *own_keypoints(part, prediction)).image
            own.append(decibels(own_image, part.target))
            row.append(own_image)
            on_target = networks.motion_extractor(halve(part.target))
            truth = Motion.split(part.driving_motion)
            points.append((prediction.kp - part.canonical.flatten(1)).unflatten(1, (-1, 3))[..., :2].norm(dim=-1).mean(dim=1) * 128)
            poses.append((on_target.pose() - truth.pose).abs().mean(dim=1))
            expressions.append((on_target.exp.unflatten(1, (-1, 3)) - truth.exp)[..., :2].norm(dim=-1).mean(dim=1) * 128)
        pictures.extend([list(images) for images in zip(*row)])

    def mean(values: list[Tensor]) -> str:
        return f"{torch.cat(values).mean().item():.2f}" if values else ""

    def lowest(values: list[Tensor]) -> str:
        return f"{torch.cat(values).min().item():.2f}" if values else ""

    row_text = [
        name, str(batch.source.shape[0]), mean(rig), lowest(rig), mean(own), lowest(own), mean(enlarged), mean(points), mean(poses),
        mean(expressions)]
    return row_text, pictures


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="render.safetensors, or a folder of weights")
    parser.add_argument("--archive", type=Path, help="what collect.py wrote; procedural textures alone without it")
    parser.add_argument("--talking", action="store_true", help="also move as speech does; needs espeak-ng")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    source = render_source(arguments.archive, HELD_OUT_FACES, 1 if arguments.talking else 0, arguments.seed, device)
    networks = load(arguments.weights).to(device)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    sheet: list[list[Tensor]] = []
    for name, batch in source.held_out().items():
        row, pictures = measure(networks, batch, name)
        lines.append("| " + " | ".join(row) + " |")
        sheet.extend([tiles + [torch.zeros_like(tiles[1])] * (4 - len(tiles)) for tiles in pictures[:6]])
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "evaluation.md").write_text("\n".join(lines) + "\n")
    write_png(arguments.out / "evaluation.png", contact_sheet(sheet, 256))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
