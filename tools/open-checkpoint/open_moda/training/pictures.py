"""Contact sheets: a grid of images as a PNG file, written with nothing but zlib."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional


def write_png(path: Path, image: Tensor) -> None:
    """Writes [3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (image.detach().float().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().contiguous()
    height, width, _ = pixels.shape
    # Filter 2 (up) of the PNG format: photographs take two thirds of what they would unfiltered.
    above = torch.cat((torch.zeros_like(pixels[:1]), pixels[:-1]))
    rows = (pixels - above).reshape(height, width * 3)
    filtered = torch.cat((torch.full((height, 1), 2, dtype=torch.uint8), rows), dim=1).numpy().tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(filtered, 9)) + chunk(b"IEND", b""))


def contact_sheet(rows: Sequence[Sequence[Tensor]], tile: int) -> Tensor:
    """Images [3, H, W] side by side, each brought to `tile` pixels: [3, rows * tile, columns * tile]."""
    lines = []
    for row in rows:
        tiles = [functional.interpolate(image[None].float().cpu(), size=(tile, tile), mode="area")[0] for image in row]
        lines.append(torch.cat(tiles, dim=2))
    return torch.cat(lines, dim=1)
