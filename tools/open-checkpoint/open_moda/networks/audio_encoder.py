"""The audio encoder: a HuBERT of any widths, as MoDA uses it (features brought to the video's frames before the transformer)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

KERNELS = (10, 3, 3, 3, 3, 2, 2)
STRIDES = (5, 2, 2, 2, 2, 2, 2)
SAMPLES_PER_FRAME = 640


@dataclass(frozen=True)
class AudioWidths:
    """Channels of the audio encoder; the defaults are those of the open checkpoint."""

    convolution: int = 64
    width: int = 128
    feed_forward: int = 256
    heads: int = 2
    layers: int = 12
    position_kernel: int = 128
    position_groups: int = 16

    @staticmethod
    def of(tensors: Mapping[str, Tensor], heads: int) -> AudioWidths:
        """The widths of a checkpoint; the number of heads stands in no tensor."""
        position = tensors["encoder.pos_conv_embed.conv.weight"]
        hidden = tensors["encoder.layers.0.feed_forward.intermediate_dense.weight"]
        return AudioWidths(
            convolution=tensors["feature_extractor.conv_layers.0.conv.weight"].shape[0],
            width=position.shape[0],
            feed_forward=hidden.shape[0],
            heads=heads,
            layers=sum(name.endswith("final_layer_norm.weight") for name in tensors),
            position_kernel=position.shape[2],
            position_groups=position.shape[0] // position.shape[1])


class ConvolutionLayer(nn.Module):
    """A convolution without bias, a norm of each channel over time in the first layer only, GELU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, normalised: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, bias=False)
        self.layer_norm = nn.GroupNorm(outputs, outputs) if normalised else None

    def forward(self, samples: Tensor) -> Tensor:
        """[N, inputs, T] to [N, outputs, T']."""
        hidden = self.conv(samples)
        return functional.gelu(hidden if self.layer_norm is None else self.layer_norm(hidden))


class FeatureExtractor(nn.Module):
    """Samples at 16 kHz to features at 50 Hz."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_layers = nn.ModuleList(
            ConvolutionLayer(1 if index == 0 else channels, channels, kernel, stride, normalised=index == 0)
            for index, (kernel, stride) in enumerate(zip(KERNELS, STRIDES)))

    def forward(self, samples: Tensor) -> Tensor:
        """[N, samples] to [N, channels, features]."""
        hidden = samples[:, None]
        for layer in self.conv_layers:
            hidden = layer(hidden)
        return hidden


class FeatureProjection(nn.Module):
    """Norm and projection to the transformer's width."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(inputs)
        self.projection = nn.Linear(inputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """[N, T, inputs] to [N, T, outputs]."""
        return self.projection(self.layer_norm(features))


class Attention(nn.Module):
    """Attention of every frame to every frame."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T, C] to [N, T, C]."""
        query, key, value = (
            projection(tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projection in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(attend(query, key, value).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Two layers with GELU between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(width, hidden)
        self.output_dense = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., C] to [..., C]."""
        return self.output_dense(functional.gelu(self.intermediate_dense(tokens)))


class EncoderLayer(nn.Module):
    """Attention and feed-forward, each with its norm after the residual."""

    def __init__(self, widths: AudioWidths) -> None:
        super().__init__()
        self.attention = Attention(widths.width, widths.heads)
        self.layer_norm = nn.LayerNorm(widths.width)
        self.feed_forward = FeedForward(widths.width, widths.feed_forward)
        self.final_layer_norm = nn.LayerNorm(widths.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T, C] to [N, T, C]."""
        tokens = self.layer_norm(tokens + self.attention(tokens))
        return self.final_layer_norm(tokens + self.feed_forward(tokens))


class PositionalConvolution(nn.Module):
    """A grouped convolution over time whose output stands for the position; an even kernel gives one output too many."""

    def __init__(self, widths: AudioWidths) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            widths.width, widths.width, widths.position_kernel, padding=widths.position_kernel // 2, groups=widths.position_groups)

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T, C] to [N, T, C]."""
        hidden = self.conv(tokens.transpose(1, 2))[..., :tokens.shape[1]]
        return functional.gelu(hidden).transpose(1, 2)


class Encoder(nn.Module):
    """The transformer."""

    def __init__(self, widths: AudioWidths) -> None:
        super().__init__()
        self.pos_conv_embed = PositionalConvolution(widths)
        self.layer_norm = nn.LayerNorm(widths.width)
        self.layers = nn.ModuleList(EncoderLayer(widths) for _ in range(widths.layers))

    def forward(self, tokens: Tensor) -> Tensor:
        """[N, T, C] to [N, T, layers, C]."""
        tokens = self.layer_norm(tokens + self.pos_conv_embed(tokens))
        outputs = []
        for layer in self.layers:
            tokens = layer(tokens)
            outputs.append(tokens)
        return torch.stack(outputs, dim=2)


class AudioEncoder(nn.Module):
    """Prepared samples to the outputs of all layers at 25 frames a second."""

    def __init__(self, widths: AudioWidths) -> None:
        super().__init__()
        self.widths = widths
        self.feature_extractor = FeatureExtractor(widths.convolution)
        self.feature_projection = FeatureProjection(widths.convolution, widths.width)
        self.encoder = Encoder(widths)

    def forward(self, samples: Tensor, frames: int) -> Tensor:
        """[N, samples] (normalised, padded: `prepare`) to [N, frames, layers, width]."""
        features = self.feature_extractor(samples)
        features = functional.interpolate(features, size=frames, mode="linear", align_corners=True)
        return self.encoder(self.feature_projection(features.transpose(1, 2)))


def prepare(samples: Tensor) -> tuple[Tensor, int]:
    """What the engine feeds the encoder: [N, samples] at 16 kHz of zero mean and unit variance, padded so that a feature stands for 320.

    Gives the padded samples and the number of frames.
    """
    mean, variance = samples.mean(dim=1, keepdim=True), samples.var(dim=1, unbiased=False, keepdim=True)
    samples = (samples - mean) / torch.sqrt(variance + 1e-7)
    frames = samples.shape[1] // SAMPLES_PER_FRAME
    return pad(samples[:, :frames * SAMPLES_PER_FRAME]), frames


def pad(samples: Tensor) -> Tensor:
    """[N, samples] of whole frames, padded so that a feature stands for 320: twice half of what is missing on either side, mirrored, as the
    reference does; 80 samples are missing for any number of frames.
    """
    for _ in range(2):
        samples = functional.pad(samples[:, None], (20, 20), mode="reflect")[:, 0]
    return samples


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention of [N, heads, T, D], fused where PyTorch has it."""
    if hasattr(functional, "scaled_dot_product_attention"):
        return functional.scaled_dot_product_attention(query, key, value)
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    return scores.softmax(dim=-1) @ value
