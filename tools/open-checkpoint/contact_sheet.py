"""Draws what the teacher makes of portraits: a row for each, a column for each control and pose.

    python3 contact_sheet.py PORTRAIT.png LANDMARKS.json [PORTRAIT.png LANDMARKS.json ...] --out sheet.png

LANDMARKS.json is what `moda generate --image PORTRAIT.png --list-faces` prints.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy
import torch
from PIL import Image

from open_moda import rig
from open_moda.data.crop import crop
from open_moda.teacher.teach import teach
from open_moda.training.pictures import contact_sheet, write_png

_FACES: tuple[tuple[dict[str, float], tuple[float, float, float]], ...] = (
    ({}, (0, 0, 0)),
    ({"jaw_open": 0.5}, (0, 0, 0)),
    ({"jaw_open": 1.0, "lip_wide": 0.3}, (0, 0, 0)),
    ({"lip_round": 1.0, "jaw_open": 0.25}, (0, 0, 0)),
    ({"lip_wide": 1.0, "jaw_open": 0.2}, (0, 0, 0)),
    ({"lip_press": 1.0}, (0, 0, 0)),
    ({"upper_lip_raise": 1.0}, (0, 0, 0)),
    ({"smile": 0.8, "cheek": 0.6}, (0, 0, 0)),
    ({"smile": -0.8, "brow_frown": 0.8}, (0, 0, 0)),
    ({"blink_right": 0.5, "blink_left": 0.5}, (0, 0, 0)),
    ({"blink_right": 1.0, "blink_left": 1.0}, (0, 0, 0)),
    ({"brow_raise": 1.0, "jaw_open": 0.3}, (0, 0, 0)),
    ({"gaze_x": 1.0}, (0, 12, 0)),
    ({}, (0, -15, 0)),
    ({}, (12, 0, 0)),
    ({"jaw_open": 0.6}, (-8, 10, 8)),
)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tile", type=int, default=256)
    arguments = parser.parse_args()
    rows = []
    for picture, found in zip(arguments.files[::2], arguments.files[1::2]):
        landmarks = numpy.array(json.loads(found.read_text())["faces"][0]["landmarks"])
        square, inside = crop(Image.open(picture).convert("RGB"), landmarks)
        source = torch.from_numpy(numpy.array(square)).permute(2, 0, 1)[None].float() / 255
        count = len(_FACES)
        controls = torch.zeros(count, len(rig.CONTROLS))
        pose = torch.tensor([face[1] for face in _FACES], dtype=torch.float32)
        for index, (named, _) in enumerate(_FACES):
            for name, value in named.items():
                controls[index, rig.CONTROLS.index(name)] = value
        motion = rig.motion(controls, torch.ones(count, 1), torch.zeros(count, 3), pose)
        lesson = teach(source.expand(count, -1, -1, -1), torch.from_numpy(inside)[None].expand(count, -1, -1), controls, motion)
        half = (count + 1) // 2
        rows += [list(lesson.image[:half]), list(lesson.image[half:])]
    write_png(arguments.out, contact_sheet(rows, arguments.tile))


if __name__ == "__main__":
    main()
