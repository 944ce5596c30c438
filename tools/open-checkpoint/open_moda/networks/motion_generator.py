"""The motion generator: MoDA's diffusion transformer, of any widths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from open_moda.networks.audio_encoder import attend

MOTION = 70
EXPRESSION = 63
"""Dimensions of a motion that come before scale, shift and pose."""
KEYPOINTS = 63
EMOTIONS = 9
NO_EMOTION = EMOTIONS - 1
FRAMES = 80
TIME_FEATURES = 256
MAXIMUM_PERIOD = 10_000
ROTATION_BASE = 256
BLOCK_NORM_EPSILON = 1e-6
HEAD_NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class MotionWidths:
    """Channels and blocks of the motion generator; the defaults are those of the open checkpoint."""

    width: int = 128
    mlp: int = 512
    head: int = 64
    audio: int = 128
    audio_layers: int = 12
    four_stream: int = 2
    double_stream: int = 3
    single_stream: int = 6

    @staticmethod
    def of(tensors: Mapping[str, Tensor]) -> MotionWidths:
        """The widths of a checkpoint."""
        prefix = "talking_head_dit."

        def blocks(name: str) -> int:
            return len({key.split(".")[2] for key in tensors if key.startswith(f"{prefix}{name}.")})

        audio = tensors["null_audio_feat"].shape[-1]
        return MotionWidths(
            width=tensors[prefix + "motion_embedder.mlp.0.weight"].shape[0],
            mlp=tensors[prefix + "blocks2.0.xs_mlp.fc1.weight"].shape[0],
            head=tensors[prefix + "blocks2.0.attn1.xs_q_norm.weight"].shape[0],
            audio=audio,
            audio_layers=tensors[prefix + "audio_embedder.proj1.weight"].shape[1] // audio,
            four_stream=blocks("blocks4"),
            double_stream=blocks("blocks2"),
            single_stream=blocks("blocks"))


class RmsNorm(nn.Module):
    """Division by the root of the mean square, times a weight."""

    def __init__(self, channels: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.epsilon = epsilon

    def forward(self, values: Tensor) -> Tensor:
        """[..., C] to [..., C]."""
        return rms_normalise(values, self.epsilon) * self.weight


class Mlp(nn.Module):
    """Two layers with GELU (tanh) between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., C] to [..., C]."""
        return self.fc2(functional.gelu(self.fc1(tokens), approximate="tanh"))


class Embedder(nn.Module):
    """Two layers with SiLU between."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: Tensor) -> Tensor:
        """[..., inputs] to [..., C]."""
        return self.mlp(values)


class AudioEmbedder(nn.Module):
    """The outputs of all layers of the audio encoder to a token a frame."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.proj1 = nn.Linear(inputs, width)
        self.proj2 = nn.Linear(width, width)
        self.proj3 = nn.Linear(width, width)
        self.norm = RmsNorm(width, BLOCK_NORM_EPSILON)

    def forward(self, audio: Tensor) -> Tensor:
        """[N, T, layers, channels] to [N, T, C]."""
        hidden = functional.relu(self.proj1(audio.flatten(2)))
        return self.norm(self.proj3(functional.relu(self.proj2(hidden))))


class EmotionEmbedder(nn.Module):
    """A vector for each emotion; the last stands for none."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embedding_table = nn.Embedding(EMOTIONS, width)

    def forward(self, emotions: Tensor) -> Tensor:
        """[N] to [N, C]."""
        return self.embedding_table(emotions)


def modulation(width: int, vectors: int) -> nn.Sequential:
    """The conditioning to shifts, scales and gates; zero at first, so that a block begins as the identity."""
    linear = nn.Linear(width, vectors * width)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.SiLU(), linear)


class MultiStreamAttention(nn.Module):
    """The projections and norms of all streams of a block, under the names that the checkpoint gives them."""

    def __init__(self, widths: MotionWidths, streams: tuple[str, ...]) -> None:
        super().__init__()
        for stream in streams:
            kind, index = stream[:2], stream[2:]
            self.add_module(f"qkv_{stream}", nn.Linear(widths.width, 3 * widths.width))
            self.add_module(f"{kind}_q_norm{index}", RmsNorm(widths.head, HEAD_NORM_EPSILON))
            self.add_module(f"{kind}_k_norm{index}", RmsNorm(widths.head, HEAD_NORM_EPSILON))
            self.add_module(f"{kind}_proj{index}", nn.Linear(widths.width, widths.width))


class MultiStreamBlock(nn.Module):
    """Streams of tokens with parameters of their own, which meet in one attention.

    streams: how the checkpoint names them: "xs", then "au" or "au1", "au2", "au3".
    rotated: whether positions are rotated into a stream's queries and keys.
    """

    def __init__(self, widths: MotionWidths, streams: tuple[str, ...], rotated: tuple[bool, ...]) -> None:
        super().__init__()
        self.streams, self.rotated, self.head = streams, rotated, widths.head
        self.attn1 = MultiStreamAttention(widths, streams)
        for stream in streams:
            name = self.long_name(stream)
            prefix, index = (name, "") if not name[-1].isdigit() else (name[:-1], name[-1])
            self.add_module(f"{prefix}_mlp{index}", Mlp(widths.width, widths.mlp))
            self.add_module(f"adaLN_modulation_{name}", modulation(widths.width, 6))

    @staticmethod
    def long_name(stream: str) -> str:
        """The stream's name in MLPs and modulations."""
        return stream.replace("au", "audio")

    def forward(self, tokens: list[Tensor], conditioning: Tensor, rotation: Tensor) -> list[Tensor]:
        """The streams' tokens [N, T, C] to as many."""
        vectors = [
            self.get_submodule(f"adaLN_modulation_{self.long_name(stream)}")(conditioning)[:, None].chunk(6, dim=-1)
            for stream in self.streams]
        queries, keys, values = zip(*(
            self.project(stream, modulate(own, shift, scale), rotation if turned else None)
            for stream, own, (shift, scale, *_), turned in zip(self.streams, tokens, vectors, self.rotated)))
        attended = attend(torch.cat(queries, dim=2), torch.cat(keys, dim=2), torch.cat(values, dim=2)).transpose(1, 2).flatten(2)
        results = []
        for stream, own, part, (_, _, gate, shift, scale, mlp_gate) in zip(
                self.streams, tokens, attended.split([own.shape[1] for own in tokens], dim=1), vectors):
            kind, index = stream[:2], stream[2:]
            own = own + gate * self.attn1.get_submodule(f"{kind}_proj{index}")(part)
            mlp = self.get_submodule(("xs_mlp" if kind == "xs" else "audio_mlp") + index)
            results.append(own + mlp_gate * mlp(modulate(own, shift, scale)))
        return results

    def project(self, stream: str, tokens: Tensor, rotation: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of a stream, each [N, heads, T, D]."""
        kind, index = stream[:2], stream[2:]
        query, key, value = split_heads(self.attn1.get_submodule(f"qkv_{stream}")(tokens), self.head)
        query = self.attn1.get_submodule(f"{kind}_q_norm{index}")(query)
        key = self.attn1.get_submodule(f"{kind}_k_norm{index}")(key)
        return (query, key, value) if rotation is None else (rotate(query, rotation), rotate(key, rotation), value)


class HeadNorms(nn.Module):
    """The norms of queries and keys of a single-stream block."""

    def __init__(self, head: int) -> None:
        super().__init__()
        self.xs_q_norm = RmsNorm(head, HEAD_NORM_EPSILON)
        self.xs_k_norm = RmsNorm(head, HEAD_NORM_EPSILON)


class SingleStreamBlock(nn.Module):
    """Attention and MLP side by side on the tokens of all streams."""

    def __init__(self, widths: MotionWidths) -> None:
        super().__init__()
        self.head = widths.head
        self.attn1 = HeadNorms(widths.head)
        self.qkv_xs = nn.Linear(widths.width, 3 * widths.width + widths.mlp)
        self.linear2 = nn.Linear(widths.width + widths.mlp, widths.width)
        self.adaLN_modulation_xs = modulation(widths.width, 3)

    def forward(self, tokens: Tensor, conditioning: Tensor, rotation: Tensor) -> Tensor:
        """[N, 4 T, C] to as many."""
        shift, scale, gate = self.adaLN_modulation_xs(conditioning)[:, None].chunk(3, dim=-1)
        joined = self.qkv_xs(modulate(tokens, shift, scale))
        width = tokens.shape[-1]
        query, key, value = split_heads(joined[..., :3 * width], self.head)
        query, key = rotate(self.attn1.xs_q_norm(query), rotation), rotate(self.attn1.xs_k_norm(key), rotation)
        attended = attend(query, key, value).transpose(1, 2).flatten(2)
        hidden = functional.gelu(joined[..., 3 * width:], approximate="tanh")
        return tokens + gate * self.linear2(torch.cat((attended, hidden), dim=-1))


class FinalLayer(nn.Module):
    """The last modulated norm and the projection to motion."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, MOTION)
        self.adaLN_modulation = modulation(width, 2)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, tokens: Tensor, conditioning: Tensor) -> Tensor:
        """[N, T, C] to [N, T, 70]."""
        shift, scale = self.adaLN_modulation(conditioning)[:, None].chunk(2, dim=-1)
        return self.linear(modulate(tokens, shift, scale))


class TalkingHeadTransformer(nn.Module):
    """Motion, audio, emotion and identity, joined step by step into one stream."""

    def __init__(self, widths: MotionWidths) -> None:
        super().__init__()
        self.head = widths.head
        self.motion_embedder = Embedder(2 * MOTION, widths.width)
        self.identity_embedder = Embedder(KEYPOINTS, widths.width)
        self.time_embedder = Embedder(TIME_FEATURES, widths.width)
        self.audio_embedder = AudioEmbedder(widths.audio_layers * widths.audio, widths.width)
        self.emo_embedder = EmotionEmbedder(widths.width)
        self.blocks4 = nn.ModuleList(
            MultiStreamBlock(widths, ("xs", "au1", "au2", "au3"), (True, True, False, False)) for _ in range(widths.four_stream))
        self.blocks2 = nn.ModuleList(MultiStreamBlock(widths, ("xs", "au"), (True, True)) for _ in range(widths.double_stream))
        self.blocks = nn.ModuleList(SingleStreamBlock(widths) for _ in range(widths.single_stream))
        self.final_layer = FinalLayer(widths.width)

    def forward(self, motion: Tensor, timesteps: Tensor, audio: Tensor, emotions: Tensor, keypoints: Tensor) -> Tensor:
        """See `MotionGenerator.forward`."""
        frames = motion.shape[1]
        emotion = self.emo_embedder(emotions)
        conditioning = self.time_embedder(time_features(timesteps)) + emotion
        identity = self.identity_embedder(keypoints)
        streams = [
            self.motion_embedder(motion),
            self.audio_embedder(audio),
            emotion[:, None].expand(-1, frames, -1),
            identity[:, None].expand(-1, frames, -1),
        ]
        rotation = rotation_table(frames, self.head, motion)
        for block in self.blocks4:
            streams = block(streams, conditioning, rotation)
        pair = [streams[0], torch.cat(streams[1:], dim=1)]
        for block in self.blocks2:
            pair = block(pair, conditioning, rotation)
        tokens = torch.cat(pair, dim=1)
        for block in self.blocks:
            tokens = block(tokens, conditioning, rotation)
        return self.final_layer(tokens[:, :frames], conditioning)


class MotionGenerator(nn.Module):
    """The transformer, and what stands for missing speech."""

    def __init__(self, widths: MotionWidths) -> None:
        super().__init__()
        self.widths = widths
        self.null_audio_feat = nn.Parameter(torch.randn(1, 1, 1, 1, widths.audio))
        self.talking_head_dit = TalkingHeadTransformer(widths)

    def forward(self, motion: Tensor, timesteps: Tensor, audio: Tensor, emotions: Tensor, keypoints: Tensor) -> Tensor:
        """Predicts noise minus motion.

        motion: [N, T, 140], for each frame the motion before the segment, then the noisy motion, both normalised.
        timesteps: [N], 0 to 1000. audio: [N, T, layers, channels]. emotions: [N], 0 to 8. keypoints: [N, 63], canonical.
        Gives [N, T, 70].
        """
        return self.talking_head_dit(motion, timesteps, audio, emotions, keypoints)

    def without_speech(self, audio: Tensor) -> Tensor:
        """What stands for `audio` where there is no speech, in its shape."""
        return self.null_audio_feat[0, 0].to(audio.dtype).expand_as(audio)


def time_features(timesteps: Tensor) -> Tensor:
    """[N] to [N, 256]: cosines, then sines, of frequencies from 1 down to 1 / 10000."""
    half = TIME_FEATURES // 2
    exponents = torch.arange(half, device=timesteps.device, dtype=timesteps.dtype) / half
    angles = timesteps[:, None] * torch.exp(-math.log(MAXIMUM_PERIOD) * exponents)
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


def rotation_table(positions: int, head: int, like: Tensor) -> Tensor:
    """[positions, D / 2, 2]: cosine and sine of each pair's angle."""
    exponents = 2 * torch.arange(head // 2, device=like.device, dtype=like.dtype) / head
    angles = torch.arange(positions, device=like.device, dtype=like.dtype)[:, None] / ROTATION_BASE ** exponents
    return torch.stack((angles.cos(), angles.sin()), dim=-1)


def rotate(heads: Tensor, table: Tensor) -> Tensor:
    """Rotates neighbouring channels of [N, heads, T, D]; positions begin anew after as many tokens as the table has."""
    table = table.repeat(heads.shape[2] // table.shape[0], 1, 1).to(heads.dtype)
    cosine, sine = table.unbind(-1)
    even, odd = heads.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1).flatten(-2)


def split_heads(joined: Tensor, head: int) -> tuple[Tensor, Tensor, Tensor]:
    """[N, T, 3 C] to queries, keys and values [N, heads, T, D]."""
    query, key, value = (part.unflatten(-1, (-1, head)).transpose(1, 2) for part in joined.chunk(3, dim=-1))
    return query, key, value


def rms_normalise(values: Tensor, epsilon: float) -> Tensor:
    """Division by the root of the mean square of the channels; in float32 or wider."""
    wide = values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
    return (wide * torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + epsilon)).to(values.dtype)


def modulate(tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """The modulated norm in front of a branch."""
    return rms_normalise(tokens, BLOCK_NORM_EPSILON) * (1 + scale) + shift
