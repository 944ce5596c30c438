"""Gathers the pictures that the render networks learn from into one archive. SOURCES.md says where they are from and under what licence.

    apt-get download python3-skimage python-matplotlib-data
    for package in *.deb; do dpkg-deb -x $package debian; done
    npm install @dicebear/core@9 @dicebear/lorelei@9 @resvg/resvg-js && node avatars.mjs 84 avatars
    python3 collect.py --debian debian --avatars avatars --out faces.zip

Landmarks of photographs are those that `moda generate --list-faces` finds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy
from PIL import Image

from open_moda.data import archive, avatars
from open_moda.data.crop import SIZE, crop

ROOT = Path(__file__).resolve().parents[2]
SKIMAGE = "usr/lib/python3/dist-packages/skimage/data"
MATPLOTLIB = "usr/share/matplotlib/mpl-data/sample_data"

FACES = ((f"{SKIMAGE}/astronaut.png", True), (f"{MATPLOTLIB}/grace_hopper.jpg", False))
"""Photographs of faces, and whether they are kept out of training: astronaut.png is the repository's own portrait."""

SCENES = (
    ("chelsea.png", True), ("coffee.png", False), ("rocket.jpg", False), ("hubble_deep_field.jpg", False), ("camera.png", False),
    ("brick.png", False), ("grass.png", False), ("gravel.png", False), ("moon.png", False))
"""Pictures of anything else: they teach detail."""

_HELD_OUT_AVATARS = 6
"""Every so manieth avatar is kept out."""


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--debian", type=Path, required=True, help="where the Debian packages were unpacked")
    parser.add_argument("--avatars", type=Path, required=True, help="what avatars.mjs drew")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pictures = [*photographs(arguments.debian), *scenes(arguments.debian), *drawings(arguments.avatars)]
    count = archive.write(arguments.out, pictures)
    print(f"{arguments.out}: {count} pictures, {arguments.out.stat().st_size / 1e6:.1f} MB")


def photographs(debian: Path) -> Iterator[archive.Face]:
    """Faces as the engine finds and cuts them."""
    for name, held_out in FACES:
        path = debian / name
        found = subprocess.run(
            [ROOT / "moda", "generate", "--image", path, "--list-faces"], check=True, capture_output=True, text=True).stdout
        landmarks = numpy.array(json.loads(found)["faces"][0]["landmarks"])
        image, inside = crop(Image.open(path).convert("RGB"), landmarks)
        yield archive.Face(image, "photograph", path.name, held_out, inside)


def scenes(debian: Path) -> Iterator[archive.Face]:
    """The middle of each picture, and quarters of large ones."""
    for name, held_out in SCENES:
        image = Image.open(debian / SKIMAGE / name).convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        squares = [(left, top, left + side, top + side)]
        if side >= 700:
            half = side // 2
            squares += [(left + x, top + y, left + x + half, top + y + half) for x in (0, half) for y in (0, half)]
        for square in squares:
            yield archive.Face(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS, square), "scene", name, held_out, None)


def drawings(folder: Path) -> Iterator[archive.Face]:
    """Avatars, cut as the engine cuts faces."""
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        image = Image.open(path).convert("RGB")
        square, inside = crop(image, avatars.landmarks(image.width))
        yield archive.Face(square, "avatar", "lorelei", number % _HELD_OUT_AVATARS == 0, inside)


if __name__ == "__main__":
    main()
