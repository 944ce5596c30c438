"""Pictures of an archive under the teacher's motion, as batches for the render networks."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from open_moda import rig
from open_moda.data import archive, performances, procedural
from open_moda.data.archive import FaceArchive
from open_moda.data.performances import Performances
from open_moda.networks.motion_generator import EXPRESSION
from open_moda.render_batch import MixedSource, RenderBatch, RenderSource, TextureSource, halve
from open_moda.teacher.teach import grid, teach

_MIRRORED = [
    *range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]
"""Which landmark each becomes in a mirror."""

_STILL_SHARE, _TALKING_SHARE = 0.3, 0.45
"""Of the samples; the others move far."""
_POSE_DEGREES = (7.0, 10.0, 6.0)
_POSE_LIMIT = (18.0, 25.0, 18.0)
_SHARES = {
    "jaw_open": 0.7, "lip_wide": 0.35, "lip_round": 0.35, "lip_press": 0.2, "upper_lip_raise": 0.25, "smile": 0.4, "brow_raise": 0.35,
    "brow_frown": 0.25, "gaze_x": 0.4, "gaze_y": 0.4, "cheek": 0.25,
}
"""In how many of the moved samples each control is not 0. Blinks come apart: mostly both lids together."""


_KIND_SHARES = {"photograph": 0.25, "avatar": 0.4, "scene": 0.35}
"""How much of a batch is of each kind."""


_HUE_SHARES = {"photograph": 0.1, "avatar": 0.4, "scene": 0.3}
"""In how much of a kind hues are turned; 0.25 of what is drawn. Skin mostly keeps its colour, what is worn and painted may have any."""


class FaceSource:
    """Random pictures, varied in colour and place, still or moved by the teacher."""

    def __init__(
            self, faces: FaceArchive, talking: Performances | None, kept_out: Performances | None, seed: int, device: torch.device) -> None:
        """`talking`: what speech makes faces do, and `kept_out`, what it makes those do that are kept out; without them, faces move far."""
        self.device = device
        self._talking = None if talking is None else talking.to(device)
        self._kept_out = None if kept_out is None else kept_out.to(device)
        self._images = faces.images.to(device)
        self._is_face = faces.is_face.to(device)
        landmarks = faces.landmarks.to(device)
        self._landmarks = torch.where(self._is_face[:, None, None], landmarks, rig.MEAN_LANDMARKS.to(device).expand_as(landmarks))
        self._kinds = faces.kinds
        self._weights = self._shares(faces).to(device)
        self._hue_shares = torch.tensor([_HUE_SHARES.get(kind, 0.25) for kind in faces.kinds], device=device)
        self._held_out = faces.held_out
        self._random = torch.Generator(device).manual_seed(seed)
        self._seed = seed

    def batch(self, count: int) -> RenderBatch:
        """A random batch of what is not kept out."""
        chosen = torch.multinomial(self._weights, count, replacement=True, generator=self._random)
        images, landmarks = self._varied(self._turned(self._images[chosen].float() / 255, self._hue_shares[chosen]), self._landmarks[chosen])
        is_face = self._is_face[chosen].float()
        kind = self._uniform(count)
        controls, motion = self._far(count)
        if self._talking is not None:
            talks = (kind < _STILL_SHARE + _TALKING_SHARE)[:, None]
            talking_controls, talking_motion = self._performed(self._talking, count)
            controls, motion = torch.where(talks, talking_controls, controls), torch.where(talks, talking_motion, motion)
        moves = (kind >= _STILL_SHARE).float()
        return self._taught(images, landmarks, is_face, *_reduced(controls, motion, moves, is_face))

    def held_out(self) -> dict[str, RenderBatch]:
        """At most 16 pictures of each kind that were kept out, still, talking and moved far, the same each time.

        Where there are few pictures of a kind, each moves in several ways.
        """
        batches = {}
        for kind in dict.fromkeys(self._kinds):
            chosen = [index for index, own in enumerate(self._kinds) if own == kind and self._held_out[index]][:_KEPT_OUT_SAMPLES]
            if not chosen:
                continue
            kept, self._random = self._random, torch.Generator(self.device).manual_seed(self._seed + 1)
            often = chosen * (_KEPT_OUT_SAMPLES // len(chosen))
            ways = {"still": (0.0, chosen, self._far(len(chosen))), "moved far": (1.0, often, self._far(len(often)))}
            if self._kept_out is not None:
                ways["talking"] = (1.0, often, self._performed(self._kept_out, len(often)))
            for name, (share, pictures, (controls, motion)) in ways.items():
                is_face = self._is_face[pictures].float()
                moves = torch.full((len(pictures),), share, device=self.device)
                batches[f"{kind}s {name}"] = self._taught(
                    self._images[pictures].float() / 255, self._landmarks[pictures], is_face, *_reduced(controls, motion, moves, is_face))
            self._random = kept
        return batches

    @staticmethod
    def _shares(faces: FaceArchive) -> Tensor:
        """How often each picture comes up: each kind by its share, alike within it, and what is kept out never. [M]."""
        weights = torch.zeros(len(faces.kinds))
        for kind in set(faces.kinds):
            own = torch.tensor([other == kind for other in faces.kinds]) & ~faces.held_out
            weights[own] = _KIND_SHARES.get(kind, 1.0) / max(1, int(own.sum()))
        return weights

    def _taught(self, images: Tensor, landmarks: Tensor, is_face: Tensor, controls: Tensor, motion: Tensor) -> RenderBatch:
        lesson = teach(images, landmarks, controls, motion)
        # What stands still is its own target, to the last bit.
        still = (motion[:, :63].abs().sum(dim=1) + motion[:, 64:].abs().sum(dim=1) == 0)[:, None, None, None]
        rest = torch.zeros_like(motion)
        rest[:, 63] = 1
        return RenderBatch(
            halve(images), torch.where(still, images, lesson.image), rig.identity_keypoints(landmarks), rest, motion, is_face, lesson.flow)

    def _performed(self, performances: Performances, count: int) -> tuple[Tensor, Tensor]:
        """Controls [N, C] and motion [N, 70] of random frames."""
        frames = torch.randint(len(performances.motion), (count,), generator=self._random, device=self.device)
        return performances.controls[frames], performances.motion[frames]

    def _far(self, count: int) -> tuple[Tensor, Tensor]:
        """Controls [N, C] and motion [N, 70]: anything that a face could do."""
        limit = torch.tensor(_POSE_LIMIT, device=self.device)
        pose = (self._normal(count, 3) * torch.tensor(_POSE_DEGREES, device=self.device)).clamp(-limit, limit)
        shift = self._normal(count, 3) * torch.tensor([0.02, 0.02, 0.0], device=self.device)
        controls = torch.zeros(count, len(rig.CONTROLS), device=self.device)
        for name, share in _SHARES.items():
            amount = self._uniform(count)
            if name in ("smile", "gaze_x", "gaze_y"):
                amount = amount * 2 - 1
            controls[:, rig.CONTROLS.index(name)] = amount * (self._uniform(count) < share)
        lids = self._uniform(count, 1) * (self._uniform(count, 1) < 0.4)
        wink = (self._uniform(count, 2) > 0.1).float()
        controls[:, [rig.CONTROLS.index("blink_right"), rig.CONTROLS.index("blink_left")]] = lids * wink
        return controls, rig.motion(controls, torch.ones(count, 1, device=self.device), shift, pose)

    def _turned(self, images: Tensor, shares: Tensor) -> Tensor:
        """Turns the hues of some: colours about the axis of greys, by any angle. shares: [N]."""
        angle = (self._uniform(len(images)) * 2 - 1) * torch.pi * (self._uniform(len(images)) < shares)
        # Rodrigues about (1, 1, 1) / sqrt(3): cosine on the diagonal, the axis' share everywhere, sine beside it.
        cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None] / 3 ** 0.5
        across = images.new_tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
        turn = cosine * torch.eye(3, device=images.device) + (1 - cosine) / 3 + sine * across
        return torch.einsum("nij,njhw->nihw", turn, images).clamp(0, 1)

    def _varied(self, images: Tensor, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        """Mirrors, moves and scales a little, and changes light and colour."""
        count = images.shape[0]
        mirrored = self._uniform(count) < 0.5
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        landmarks = torch.where(mirrored[:, None, None], landmarks[:, _MIRRORED] * landmarks.new_tensor([-1.0, 1.0]), landmarks)
        # A point p of the new square was at scale * p + shift of the old one.
        scale = (self._normal(count, 1, 1) * 0.06).exp().clamp(0.85, 1.15)
        shift = self._normal(count, 1, 2) * 0.03
        landmarks = (landmarks - shift) / scale
        place = grid(images.shape[-2:], images) * scale[..., None] + shift[:, None]
        images = functional.grid_sample(images, place, mode="bilinear", padding_mode="reflection", align_corners=False)
        grey = images.mean(dim=1, keepdim=True)
        saturation = (self._normal(count, 1, 1, 1) * 0.25).exp()
        gain = (self._normal(count, 1, 1, 1) * 0.15 + self._normal(count, 3, 1, 1) * 0.07).exp()
        gamma = (self._normal(count, 1, 1, 1) * 0.15).exp()
        images = (grey + (images - grey) * saturation).clamp(1e-4, 1).pow(gamma) * gain
        return images.clamp(0, 1), landmarks

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self._random, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._random, device=self.device)


def _reduced(controls: Tensor, motion: Tensor, moves: Tensor, is_face: Tensor) -> tuple[Tensor, Tensor]:
    """Controls and motion of what moves, else of a face at rest; what is no face only turns. moves, is_face: [N] in {0, 1}."""
    rest = torch.zeros_like(motion)
    rest[:, EXPRESSION] = 1
    motion = torch.where(moves[:, None] > 0, motion, rest)
    motion = torch.cat((motion[:, :EXPRESSION] * is_face[:, None], motion[:, EXPRESSION:]), dim=1)
    return controls * (moves * is_face)[:, None], motion


HELD_OUT_FACES = 12
"""How many of the drawn faces are kept out of training."""
_KEPT_OUT_CLIPS = 16
_KEPT_OUT_SAMPLES = 16


def render_source(pictures: Path | None, drawn: int, talking_clips: int, seed: int, device: torch.device) -> RenderSource:
    """Pictures of an archive where there is one, drawn faces, and textures; `talking_clips` of speech where espeak-ng speaks."""
    sources: dict[str, tuple[RenderSource, float]] = {}
    talking = performances.make(talking_clips, seed + 2, held_out=False) if talking_clips > 0 else None
    kept_out = performances.make(_KEPT_OUT_CLIPS, seed + 3, held_out=True) if talking_clips > 0 else None
    if pictures is not None:
        sources["pictures"] = (FaceSource(archive.read(pictures), talking, kept_out, seed, device), 0.5)
    if drawn > 0:
        faces = procedural.archive(max(drawn, HELD_OUT_FACES + 1), HELD_OUT_FACES, seed, device)
        sources["drawn faces"] = (FaceSource(faces, talking, kept_out, seed + 1, device), 0.4)
    sources["textures"] = (TextureSource(seed, device), 0.1)
    return MixedSource(sources)
