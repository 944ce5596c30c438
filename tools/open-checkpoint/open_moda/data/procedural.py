"""Faces that nobody has: drawn from random proportions, colours and textures, a whole batch at once, with their landmarks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from open_moda import rig
from open_moda.data.archive import FaceArchive
from open_moda.teacher.head import smoothstep
from open_moda.teacher.teach import grid

SIZE = 512
_EDGE = 0.006


def draw(count: int, random: torch.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
    """Faces [N, 3, 512, 512] in [0, 1] as the engine's square cuts them, and landmarks [N, 68, 2] in [-1, 1]."""
    painter = _Painter(count, random, device)
    painter.background()
    painter.hair_behind()
    painter.body()
    painter.head()
    painter.eyes()
    painter.nose()
    painter.mouth()
    painter.hair_in_front()
    painter.light()
    return painter.image.clamp(0, 1), painter.landmarks


def archive(count: int, held_out: int, seed: int, device: torch.device, chunk: int = 16) -> FaceArchive:
    """An archive of drawn faces; the first `held_out` are kept out of training."""
    random = torch.Generator(device).manual_seed(seed)
    images, landmarks = [], []
    for start in range(0, count, chunk):
        faces, marks = draw(min(chunk, count - start), random, device)
        images.append((faces * 255).round().byte())
        landmarks.append(marks)
    return FaceArchive(
        torch.cat(images), torch.cat(landmarks), torch.ones(count, dtype=torch.bool), torch.arange(count) < held_out,
        ("procedural face",) * count)


class _Painter:
    """Paints layer over layer."""

    def __init__(self, count: int, random: torch.Generator, device: torch.device) -> None:
        self.count, self.random, self.device = count, random, device
        self.landmarks = self._proportions()
        points = grid(torch.Size((SIZE, SIZE)), torch.empty(0, device=device))[None]

        # Nothing that is drawn by hand is straight.
        self.points = points + 0.012 * self._noise(2, (3, 6)).permute(0, 2, 3, 1)
        self.image = torch.zeros(count, 3, SIZE, SIZE, device=device)
        tone = self._uniform(0, 1)[:, 0]
        light = torch.tensor([0.97, 0.82, 0.72], device=device)
        dark = torch.tensor([0.30, 0.18, 0.12], device=device)
        self.skin = torch.lerp(light, dark, tone[:, None]) * self._uniform(0.85, 1.08, 3)
        odd = self._uniform(0, 1) < 0.12
        self.skin = torch.where(odd, self._uniform(0.2, 1.0, 3), self.skin).clamp(0, 1)
        self.hair = torch.where(self._uniform(0, 1) < 0.8, self._hair_color(), self._uniform(0, 1, 3))
        self.middle = rig.head_middle(self.landmarks)[:, None, None]
        jaw_width = (self.landmarks[:, 15, 0] - self.landmarks[:, 1, 0]) / 2
        jaw_height = self.landmarks[:, 8, 1] - self.middle[:, 0, 0, 1]
        self.radii = torch.stack((jaw_width * 1.04, jaw_height * 1.03), dim=-1)[:, None, None]

    # Layers, from back to front

    def background(self) -> None:
        """Gradients, blobs, edges."""
        direction = functional.normalize(self._normal(2), dim=-1)
        along = (self.points * direction[:, None, None]).sum(dim=-1)[:, None]
        colors = [self._uniform(0.05, 1, 3)[..., None, None] for _ in range(2)]
        image = torch.lerp(colors[0], colors[1], (0.5 + 0.5 * along).clamp(0, 1))
        image = image + self._uniform(0, 0.25)[..., None, None] * self._noise(3, (4, 8, 16, 32))
        for cells in (3, 5, 9):
            field = self._noise(1, (cells,))
            cut = smoothstep(field * 12) * (self._uniform(0, 1) < 0.6)[..., None, None] * self._uniform(0.2, 1)[..., None, None]
            image = torch.lerp(image, self._uniform(0, 1, 3)[..., None, None].expand_as(image), cut)
        self.image = image

    def hair_behind(self) -> None:
        """What falls beside and behind the head."""
        grow = 1.12 + self._uniform(0, 0.25)[..., None] + 0.05 * self._noise(1, (10, 20))[:, 0]
        offset = (self.points - self.middle) / self.radii
        long = self._uniform(-0.4, 1.1)[..., None]
        shape = torch.stack((offset[..., 0], torch.where(offset[..., 1] > 0, offset[..., 1] * (1.2 - 0.7 * long), offset[..., 1] * 0.9)), dim=-1)
        cover = self._inside(grow - shape.norm(dim=-1)) * (self._uniform(0, 1) < 0.85)[..., None, None]
        self._paint(self._strands(self.hair * 0.8), cover)

    def body(self) -> None:
        """Neck and shoulders."""
        x, y = self.points.unbind(-1)
        chin = self.landmarks[:, 8, 1][:, None, None]
        middle = self.landmarks[:, 8, 0][:, None, None]
        neck = 0.2 + 0.08 * self._uniform(0, 1)[..., None]
        self._paint(self.skin[..., None, None] * 0.82, self._inside(neck - (x - middle).abs()) * self._inside(y - chin + 0.25)[:, :])
        collar = chin + 0.12 + self._uniform(0, 0.12)[..., None] + 0.5 * (x - middle).square()
        cloth = self._uniform(0, 1, 3)[..., None, None] * (1 + 0.3 * self._noise(1, (8, 32, 64)))
        self._paint(cloth, self._inside(y - collar))

    def head(self) -> None:
        """Ears, and a head of skin with cheeks, freckles and shadows."""
        for side in (1, 15):
            place = self.landmarks[:, side][:, None, None]
            ear = ((self.points - place) / self.points.new_tensor([0.075, 0.14])).norm(dim=-1)
            self._paint(self.skin[..., None, None] * (0.75 + 0.2 * ear[:, None].clamp(max=1)), self._inside((1 - ear) * 0.1))
        offset = (self.points - self.middle) / self.radii
        taper = 1 - self._uniform(0, 0.2)[..., None] * offset[..., 1].clamp(min=0).square()
        distance = torch.stack((offset[..., 0] / taper, offset[..., 1]), dim=-1).norm(dim=-1)
        skin = self.skin[..., None, None] * (1.06 - 0.30 * distance.clamp(max=1).pow(4)[:, None])
        grain = self._noise(1, (64, 128, 256)) * self._uniform(0, 0.06)[..., None, None] + self._noise(3, (6, 12)) * 0.05
        skin = skin * (1 + grain)
        for index in (48, 54):
            cheek = torch.lerp(self.landmarks[:, index], self.landmarks[:, 39 if index == 48 else 42], 0.45)[:, None, None]
            cheek = cheek + self.points.new_tensor([-0.06 if index == 48 else 0.06, 0.0])
            blush = torch.exp(-((self.points - cheek) / 0.11).square().sum(dim=-1))[:, None] * self._uniform(0, 0.35)[..., None, None]
            skin = torch.lerp(skin, skin * self.points.new_tensor([1.05, 0.75, 0.72]).reshape(1, 3, 1, 1), blush)
        self._paint(skin, self._inside((1 - distance) * 0.4))

    def eyes(self) -> None:
        """Eyes with iris, pupil and a light in it; lids, lashes, brows."""
        iris_color = self._uniform(0.05, 0.75, 3)[..., None, None]
        glance = 0.012 * self._normal(2)[:, None, None]
        brow_color = (self.hair * self._uniform(0.4, 1))[..., None, None]
        brow_thickness = self._uniform(0.012, 0.032)[..., None]
        for eye, brow in ((range(36, 42), range(17, 22)), (range(42, 48), range(22, 27))):
            around = self.landmarks[:, list(eye)]
            middle = around.mean(dim=1)[:, None, None]
            half_width = ((around[:, 3, 0] - around[:, 0, 0]) / 2)[:, None, None]
            offset = self.points - middle
            across = offset[..., 0] / half_width
            arch = (1 - across.square()).clamp(min=0)
            top = (around[:, [1, 2], 1].mean(dim=1)[:, None, None] - middle[..., 1]) * arch.sqrt()
            bottom = (around[:, [4, 5], 1].mean(dim=1)[:, None, None] - middle[..., 1]) * arch.sqrt()
            opening = torch.minimum(offset[..., 1] - top, bottom - offset[..., 1])
            opening = torch.where(arch > 0, opening, torch.full_like(opening, -1.0))
            hollow = torch.exp(-(offset / self.points.new_tensor([0.13, 0.08])).square().sum(dim=-1))[:, None]
            self._paint(self.image * 0.8, 0.4 * hollow)
            white = self.points.new_tensor([0.93, 0.92, 0.9]).reshape(1, 3, 1, 1) * (0.8 + 0.2 * smoothstep(opening / 0.02))[:, None]
            seen = self._inside(opening)
            self._paint(white, seen)
            from_iris = (offset - glance).norm(dim=-1)
            radius = half_width * 0.5
            rays = 1 + 0.25 * torch.cos(torch.atan2(offset[..., 1], offset[..., 0]) * 23)[:, None] * self._uniform(0, 1)[..., None, None]
            self._paint(iris_color * rays * (0.6 + 0.6 * (from_iris / radius)[:, None]), seen * self._inside(radius - from_iris))
            self._paint(torch.full_like(white, 0.03), seen * self._inside(radius * 0.45 - from_iris))
            spark = (offset - glance - self.points.new_tensor([0.012, -0.014])).norm(dim=-1)
            self._paint(torch.full_like(white, 0.97), seen * self._inside(0.009 - spark))
            lash = torch.exp(-((offset[..., 1] - top) / 0.007).square()) * (arch > 0)
            self._paint(torch.full_like(white, 0.06), 0.85 * lash)
            hair_line = self.landmarks[:, list(brow)]
            height = functional.interpolate(hair_line[..., 1][:, None], size=65, mode="linear", align_corners=True)[:, 0]
            left, right = hair_line[:, 0, 0][:, None, None], hair_line[:, 4, 0][:, None, None]
            place = ((self.points[..., 0] - left) / (right - left).clamp(min=1e-3))
            line = torch.gather(height, 1, (place.clamp(0, 1) * 64).long().flatten(1)).reshape(place.shape)
            within = self._inside(0.5 - (place - 0.5).abs()) * self._inside(brow_thickness * (0.6 + 0.4 * (1 - place)) - (self.points[..., 1] - line).abs())
            self._paint(brow_color * (1 + 0.5 * self._noise(1, (96, 192))), 0.9 * within)

    def nose(self) -> None:
        """A shaded ridge, a lit tip, nostrils."""
        tip, root = self.landmarks[:, 30][:, None, None], self.landmarks[:, 27][:, None, None]
        x, y = self.points.unbind(-1)
        along = ((y - root[..., 1]) / (tip[..., 1] - root[..., 1])).clamp(0, 1)
        width = 0.02 + 0.05 * along
        side = self._uniform(-1, 1)[..., None]
        flank = torch.exp(-(((x - tip[..., 0]) - side * width) / 0.03).square()) * smoothstep(along * 3) * (y < tip[..., 1] + 0.04)
        self._paint(self.image * 0.72, 0.55 * flank)
        ball = torch.exp(-((self.points - tip) / self.points.new_tensor([0.055, 0.04])).square().sum(dim=-1))
        self._paint((self.image * 1.15).clamp(max=1), 0.5 * ball)
        for index in (32, 34):
            place = self.landmarks[:, index][:, None, None]
            hole = torch.exp(-((self.points - place) / self.points.new_tensor([0.022, 0.011])).square().sum(dim=-1))
            self._paint(self.skin[..., None, None] * 0.3, 0.8 * hole)

    def mouth(self) -> None:
        """Lips, mostly closed: an upper one with a bow, a lower one, the line between or, in some, a row of teeth."""
        corners = self.landmarks[:, [48, 54]]
        middle = corners.mean(dim=1)[:, None, None]
        half_width = ((corners[:, 1, 0] - corners[:, 0, 0]) / 2)[:, None, None]
        across = (self.points[..., 0] - middle[..., 0]) / half_width
        arch = (1 - across.square()).clamp(min=0)
        line = torch.lerp(self.landmarks[:, 62, 1][:, None, None], corners[:, :, 1].mean(dim=1)[:, None, None], across.square().clamp(max=1))
        down = self.points[..., 1] - line
        upper = (line - self.landmarks[:, 51, 1][:, None, None]).clamp(min=0.008) * arch.pow(0.6) * (1 - 0.25 * torch.exp(-(across / 0.12).square()))
        lower = (self.landmarks[:, 57, 1][:, None, None] - line).clamp(min=0.01) * arch.pow(0.5)
        tint = self._uniform(0.15, 0.85)[..., None, None]
        color = torch.lerp(self.skin[..., None, None], self._uniform(0, 1, 3)[..., None, None] * self.points.new_tensor([0.9, 0.45, 0.45]).reshape(1, 3, 1, 1), tint)
        open_part = torch.where(arch > 0, torch.minimum(down + upper, lower - down), torch.full_like(down, -1.0))
        shade = torch.where(down < 0, 0.8, 1.0) + 0.25 * torch.exp(-((down - 0.5 * lower) / 0.012).square())
        self._paint(color * shade[:, None], self._inside(open_part))
        gap = self.parted[..., None] * arch.pow(0.7)
        parted = (gap > 0.004).to(gap.dtype)
        self._paint(color * 0.35, ((1 - parted) * 0.9 * torch.exp(-(down / 0.006).square()) * (across.abs() < 1.05))[:, None])
        bare = torch.minimum(down, gap - down)
        white = self.points.new_tensor([0.93, 0.89, 0.81]).reshape(1, 3, 1, 1)
        teeth = white * ((0.7 + 0.3 * smoothstep(bare / 0.014)) * (1 - 0.45 * across.square()) * (1 - 0.12 * torch.cos(across * 11).square().pow(12)))[:, None]
        self._paint(teeth, self._inside(bare) * parted[:, None])

    def hair_in_front(self) -> None:
        """A fringe or a bare forehead; sometimes a beard, sometimes glasses."""
        offset = (self.points - self.middle) / self.radii
        fringe = -0.66 - 0.3 * self._uniform(0, 1)[..., None] + 0.25 * self._noise(1, (6, 12))[:, 0] + 0.25 * offset[..., 0].square()
        ring = self._inside(1.18 + 0.05 * self._noise(1, (12,))[:, 0] - offset.norm(dim=-1))
        covered = ring * self._inside((fringe - offset[..., 1]) * 0.3) * (self._uniform(0, 1) < 0.85)[..., None, None]
        self._paint(self._strands(self.hair), covered)
        beard = self._inside((offset[..., 1] - 0.62 + 0.15 * self._noise(1, (10,))[:, 0]) * 0.3) * self._inside((1 - offset.norm(dim=-1)) * 0.3)
        lips = torch.exp(-((self.points - self.landmarks[:, 62][:, None, None]) / self.points.new_tensor([0.16, 0.06])).square().sum(dim=-1)).pow(0.5)[:, None]
        self._paint(self._strands(self.hair), beard * (1 - lips) * (self._uniform(0, 1) < 0.2)[..., None, None])
        frame = self._uniform(0, 0.6, 3)[..., None, None].expand_as(self.image)
        worn = (self._uniform(0, 1) < 0.15)[..., None, None]
        for eye in (range(36, 42), range(42, 48)):
            middle = self.landmarks[:, list(eye)].mean(dim=1)[:, None, None]
            rim = ((self.points - middle).norm(dim=-1) - 0.13).abs()
            self._paint(frame, self._inside(0.009 - rim) * worn)

    def light(self) -> None:
        """One side lighter than the other, and the noise of a camera."""
        direction = functional.normalize(self._normal(2), dim=-1)[:, None, None]
        slope = (self.points * direction).sum(dim=-1)[:, None] * self._uniform(0, 0.3)[..., None, None]
        camera = self._uniform(0, 0.02)[..., None, None]
        noise = torch.randn(self.image.shape, generator=self.random, device=self.device)
        self.image = self.image * (1 + slope) + camera * noise

    # Means

    def _proportions(self) -> Tensor:
        mean = rig.MEAN_LANDMARKS.to(self.device)
        landmarks = mean.expand(self.count, -1, -1).clone()
        landmarks = landmarks * (1 + 0.06 * self._normal(1, 2).clamp(-2, 2))
        for part, freedom in (
                (range(0, 17), 0.02), (range(17, 22), 0.018), (range(22, 27), 0.018), (range(27, 36), 0.02), (range(36, 48), 0.02), (range(48, 68), 0.024)):
            own = list(part)
            middle = landmarks[:, own].mean(dim=1, keepdim=True)
            stretch = 1 + 0.10 * self._normal(1, 2).clamp(-2, 2)
            shift = freedom * self._normal(1, 2).clamp(-2, 2)
            landmarks[:, own] = middle + (landmarks[:, own] - middle) * stretch + shift * landmarks.new_tensor([0.3, 1.0])
        tall = 1.3 + 0.35 * self._normal(1, 1).clamp(-2, 2)
        for eye in (range(36, 42), range(42, 48)):
            own = list(eye)
            middle = landmarks[:, own, 1].mean(dim=1, keepdim=True)
            landmarks[:, own, 1] = middle + (landmarks[:, own, 1] - middle) * tall[:, 0].clamp(min=0.5)

        # Some smile and show their teeth: the lower lip hangs lower, corners stand wider and higher.
        self.parted = self._uniform(0.03, 0.085) * (self._uniform(0, 1) < 0.25)
        landmarks[:, [*range(55, 60), 65, 66, 67], 1] += self.parted
        landmarks[:, [48, 60, 54, 64]] += self.parted[..., None] * landmarks.new_tensor([[-0.5, -0.4], [-0.5, -0.4], [0.5, -0.4], [0.5, -0.4]])
        return landmarks

    def _hair_color(self) -> Tensor:
        palette = torch.tensor(
            [[0.08, 0.06, 0.05], [0.25, 0.15, 0.09], [0.45, 0.28, 0.15], [0.8, 0.66, 0.4], [0.55, 0.2, 0.1], [0.7, 0.7, 0.7]], device=self.device)
        chosen = torch.randint(len(palette), (self.count,), generator=self.random, device=self.device)
        return (palette[chosen] * self._uniform(0.8, 1.2, 3)).clamp(0, 1)

    def _strands(self, color: Tensor) -> Tensor:
        fine = functional.interpolate(self._normal(1, 6, 160), size=(SIZE, SIZE), mode="bicubic", align_corners=False)
        return color[..., None, None] * (1 + 0.3 * fine)

    def _paint(self, color: Tensor, cover: Tensor) -> None:
        self.image = torch.lerp(self.image, color.expand_as(self.image), cover if cover.dim() == 4 else cover[:, None])

    @staticmethod
    def _inside(distance: Tensor) -> Tensor:
        """[N, 1, H, W]: 1 where a signed distance is above 0, with a soft edge."""
        return smoothstep(distance / _EDGE + 0.5)[:, None]

    def _noise(self, channels: int, octaves: tuple[int, ...]) -> Tensor:
        """[N, channels, H, W]: smooth noise of unit size or so."""
        total = torch.zeros(self.count, channels, SIZE, SIZE, device=self.device)
        for cells in octaves:
            coarse = self._normal(channels, cells, cells)
            total = total + functional.interpolate(coarse, size=SIZE, mode="bilinear", align_corners=False) / len(octaves) ** 0.5
        return total

    def _uniform(self, low: float, high: float, channels: int = 1) -> Tensor:
        return low + (high - low) * torch.rand((self.count, channels), generator=self.random, device=self.device)

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn((self.count, *shape), generator=self.random, device=self.device)
