"""The render networks together: what one training step runs, and what is exported."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from open_moda.networks.appearance import AppearanceFeatureExtractor
from open_moda.networks.motion_extractor import MotionExtractor
from open_moda.networks.spade import SpadeGenerator
from open_moda.networks.warping import WarpingNetwork
from open_moda.networks.widths import RenderWidths


class Rendered(NamedTuple):
    """A rendered batch."""

    image: Tensor
    """[N, 3, 512, 512] in [0, 1]."""
    deformation: Tensor
    """[N, D, 64, 64, 3]."""
    occlusion: Tensor
    """[N, 1, 64, 64]."""


class RenderNetworks(nn.Module):
    """Appearance, warping and SPADE, and the motion extractor beside them. Attributes have the canonical module names."""

    MODULES = ("appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator")

    def __init__(self, widths: RenderWidths) -> None:
        super().__init__()
        self.widths = widths
        self.appearance_feature_extractor = AppearanceFeatureExtractor(widths)
        self.motion_extractor = MotionExtractor(widths)
        self.warping_module = WarpingNetwork(widths)
        self.spade_generator = SpadeGenerator(widths)

    def forward(self, source: Tensor, source_keypoints: Tensor, driving_keypoints: Tensor) -> Rendered:
        """Renders sources [N, 3, 256, 256] at driving keypoints [N, K, 3]."""
        volume = self.appearance_feature_extractor(source)
        warped = self.warping_module(volume, driving_keypoints, source_keypoints)
        return Rendered(self.spade_generator(warped.features), warped.deformation, warped.occlusion)
