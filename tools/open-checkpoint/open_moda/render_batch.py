"""One batch for the render networks, and what gives such batches."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from open_moda.pose import Motion, place


class RenderBatch(NamedTuple):
    """Sources, what they shall become, and the rig's truth about both."""

    source: Tensor
    """[N, 3, 256, 256] in [0, 1]: what the networks see."""
    target: Tensor
    """[N, 3, 512, 512] in [0, 1]: the teacher's image."""
    canonical: Tensor
    """[N, 21, 3]: the identity's keypoints."""
    source_motion: Tensor
    """[N, 70]."""
    driving_motion: Tensor
    """[N, 70]."""
    is_face: Tensor
    """[N] in {0, 1}: whether the motion extractor can be asked to find the keypoints."""
    flow: Tensor | None = None
    """[N, H, W, 2]: the teacher's shift from each position of the target to where it samples the source, in [-1, 1] of the image."""

    def source_keypoints(self) -> Tensor:
        """[N, 21, 3]."""
        return place(self.canonical, Motion.split(self.source_motion))

    def driving_keypoints(self) -> Tensor:
        """[N, 21, 3]."""
        return place(self.canonical, Motion.split(self.driving_motion))


class RenderSource(Protocol):
    """Gives batches for training, and the same held-out ones for every evaluation."""

    def batch(self, count: int) -> RenderBatch:
        """A random batch on the source's device."""

    def held_out(self) -> dict[str, RenderBatch]:
        """Batches of what is kept out of training, by what they show: names end in `still` where nothing moves."""


def halve(images: Tensor) -> Tensor:
    """512 to 256 by area."""
    return functional.avg_pool2d(images, 2)


class TextureSource:
    """Procedural textures under head-like motion: they teach detail where there is no face, and need no data."""

    def __init__(self, seed: int, device: torch.device, size: int = 512, still_share: float = 0.4) -> None:
        self.device = device
        self.size = size
        self.still_share = still_share
        self._random = torch.Generator(device).manual_seed(seed)
        self._held_out_seed = seed + 1

    def batch(self, count: int) -> RenderBatch:
        """Textures, still or moved."""
        images = self._textures(count)
        still = (self._uniform(count) < self.still_share).to(images.dtype)
        pose = self._normal(count, 3) * images.new_tensor([8.0, 10.0, 8.0]) * (1 - still)[:, None]
        shift = self._normal(count, 3) * 0.04 * (1 - still)[:, None]
        shift[:, 2] = 0
        canonical = (self._uniform(count, 21, 3) * 2 - 1) * images.new_tensor([0.45, 0.5, 0.2])
        rest = torch.zeros(count, 70, device=self.device)
        rest[:, 63] = 1
        driving = rest.clone()
        driving[:, 64:67] = shift
        driving[:, 67:] = pose
        flow = self._flow(Motion.split(driving))
        grid = self._identity() + flow
        target = functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        return RenderBatch(
            halve(images), target.clamp(0, 1), canonical, rest, driving, torch.zeros(count, device=self.device), flow)

    def held_out(self) -> dict[str, RenderBatch]:
        """Eight textures that never come up in training."""
        kept, share = self._random, self.still_share
        try:
            batches = {}
            for name, self.still_share in (("textures still", 1.0), ("textures moved", 0.0)):
                self._random = torch.Generator(self.device).manual_seed(self._held_out_seed)
                batches[name] = self.batch(8)
            return batches
        finally:
            self._random, self.still_share = kept, share

    def _identity(self) -> Tensor:
        centres = (torch.arange(self.size, device=self.device) * 2 + 1) / self.size - 1
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        return torch.stack((x, y), dim=-1)

    def _flow(self, motion: Motion) -> Tensor:
        """The motion of a plane, fading out before the border: [N, size, size, 2]."""
        grid = self._identity()
        flat = torch.cat((grid, torch.zeros_like(grid[..., :1])), dim=-1).reshape(1, -1, 3)
        moved = place(flat.expand(motion.t.shape[0], -1, -1), motion._replace(exp=motion.exp.new_zeros(1)))
        forward = (moved - flat)[..., :2].unflatten(1, (self.size, self.size))
        fade = (1.25 * (1 - grid.square())).clamp(0, 1).prod(dim=-1, keepdim=True)
        return -forward * fade

    def _textures(self, count: int) -> Tensor:
        """Noise of random octaves in random colours, cut by random edges: [N, 3, size, size]."""
        image = self._uniform(count, 3, 1, 1).expand(-1, -1, self.size, self.size).clone()
        for cells in (4, 8, 16, 32, 64, 128, 256):
            noise = self._normal(count, 3, cells, cells)
            grey = self._normal(count, 1, cells, cells)
            strength = self._uniform(count, 1, 1, 1) * 0.35 * (8 / cells) ** 0.5
            octave = functional.interpolate((noise + 2 * grey) / 2.2, size=self.size, mode="bicubic", align_corners=False)
            image = image + strength * octave
        for cells in (4, 6, 9, 14, 24):
            field = functional.interpolate(self._normal(count, 1, cells, cells), size=self.size, mode="bicubic", align_corners=False)
            inside = (field * self.size / cells / 2).clamp(0, 1) * self._uniform(count, 1, 1, 1)
            image = torch.lerp(image, self._uniform(count, 3, 1, 1), inside)
        return image.clamp(0, 1)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self._random, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._random, device=self.device)


class MixedSource:
    """Parts of each batch from several sources."""

    def __init__(self, sources: dict[str, tuple[RenderSource, float]]) -> None:
        """`sources`: a source and its share of each batch, by name."""
        self.sources = sources

    def batch(self, count: int) -> RenderBatch:
        """A batch with at least one sample of each source."""
        total = sum(share for _, share in self.sources.values())
        counts = [max(1, round(count * share / total)) for _, share in self.sources.values()]
        counts[0] += count - sum(counts)
        parts = [source.batch(own) for (source, _), own in zip(self.sources.values(), counts)]
        joined = [torch.cat(values) for values in zip(*(part[:-1] for part in parts))]
        flows = [part.flow for part in parts]
        return RenderBatch(*joined, None if any(flow is None for flow in flows) else torch.cat(flows))

    def held_out(self) -> dict[str, RenderBatch]:
        """The held-out batches of all sources."""
        return {name: batch for source, _ in self.sources.values() for name, batch in source.held_out().items()}
