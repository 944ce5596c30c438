"""The archive of faces that the trainings read: squares of 512 x 512 with their landmarks, in one zip file.

`faces.json` in it is a list of `{"file", "kind", "held_out", "landmarks", "source"}`: landmarks are 68 points in [-1, 1] of the square, or
null for what is no face; the source says where the picture is from, by a name that SOURCES.md explains.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import Tensor

from open_moda.data.crop import SIZE

INDEX = "faces.json"
KINDS = ("photograph", "avatar", "scene")


@dataclass(frozen=True)
class Face:
    """A picture for the archive. `landmarks`: [68, 2] in [-1, 1], None for what is no face."""

    image: Image.Image
    kind: str
    source: str
    held_out: bool
    landmarks: numpy.ndarray | None


@dataclass(frozen=True)
class FaceArchive:
    """All pictures of an archive, or as many that were drawn."""

    images: Tensor
    """[M, 3, 512, 512], uint8."""
    landmarks: Tensor
    """[M, 68, 2]; zeros for what is no face."""
    is_face: Tensor
    """[M], bool."""
    held_out: Tensor
    """[M], bool."""
    kinds: tuple[str, ...]


def write(path: Path, faces: Iterable[Face], quality: int = 92) -> int:
    """Writes an archive of JPEG pictures (PNG for avatars, which are flat). Returns how many."""
    index = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, face in enumerate(faces):
            if face.kind not in KINDS or face.image.size != (SIZE, SIZE):
                raise ValueError(f"picture {number} from {face.source} is a '{face.kind}' of {face.image.size}; kinds are {KINDS}, the size {SIZE}.")
            flat = face.kind == "avatar"
            name = f"{number:04d}.{'png' if flat else 'jpg'}"
            data = io.BytesIO()
            face.image.convert("RGB").save(data, **({"format": "PNG", "optimize": True} if flat else {"format": "JPEG", "quality": quality}))
            archive.writestr(_entry(name), data.getvalue())
            landmarks = None if face.landmarks is None else numpy.round(face.landmarks, 4).tolist()
            index.append({"file": name, "kind": face.kind, "held_out": face.held_out, "source": face.source, "landmarks": landmarks})
        archive.writestr(_entry(INDEX), json.dumps(index))
    return len(index)


def read(path: Path) -> FaceArchive:
    """Reads an archive into memory."""
    images, landmarks = [], []
    with zipfile.ZipFile(path) as archive:
        index = json.loads(archive.read(INDEX))
        for entry in index:
            picture = Image.open(io.BytesIO(archive.read(entry["file"]))).convert("RGB")
            images.append(torch.from_numpy(numpy.array(picture)).permute(2, 0, 1).contiguous())
            landmarks.append(torch.tensor(entry["landmarks"]) if entry["landmarks"] else torch.zeros(68, 2))
    return FaceArchive(
        torch.stack(images), torch.stack(landmarks).float(),
        torch.tensor([entry["landmarks"] is not None for entry in index]),
        torch.tensor([entry["held_out"] for entry in index]),
        tuple(entry["kind"] for entry in index))


def _entry(name: str) -> zipfile.ZipInfo:
    """With a fixed date: the same pictures give the same archive."""
    return zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
