"""The parity cases of the render networks."""

from __future__ import annotations

from pathlib import Path

import torch

from open_moda import safetensors
from open_moda.cases import GeneratedInput, write_case
from open_moda.networks.stitching import StitchingRetargeting
from open_moda.render_weights import load


@torch.no_grad()
def write_render_cases(weights: Path, out: Path, suffix: str) -> list[Path]:
    """Writes `appearance.SUFFIX.safetensors` and so on; gives the files."""
    networks = load(weights).double()
    widths = networks.widths
    paths = []

    def path(kind: str) -> Path:
        paths.append(out / f"{kind}.{suffix}.safetensors")
        return paths[-1]

    image = GeneratedInput("image", (1, 3, 256, 256), 0.5, 0.5)
    volume = networks.appearance_feature_extractor(image.values().double())
    write_case(path("appearance"), "appearance", weights, {"feature_3d": volume}, {"image": image}, strides={"feature_3d": 8})

    # Of full contrast, noise looks to the extractor like a face that has not moved: its translation would be what float32 leaves of a
    # difference of equal sums.
    faint = GeneratedInput("image", (1, 3, 256, 256), 0.5, 0.1)
    motion = networks.motion_extractor(faint.values().double())
    write_case(path("motion_extractor"), "motion_extractor", weights, motion._asdict(), {"image": faint})

    feature = GeneratedInput("warp.feature", (2, widths.volume, widths.depth, 64, 64), 0.0, 1.0)
    random = torch.Generator().manual_seed(1)
    source = torch.rand((2, widths.keypoints, 3), generator=random) - 0.5
    driving = source + 0.1 * torch.randn((2, widths.keypoints, 3), generator=random)
    warped = networks.warping_module(feature.values().double(), driving.double(), source.double())
    outputs = {"out": warped.features, "deformation": warped.deformation, "occlusion_map": warped.occlusion}
    write_case(
        path("warping"), "warping", weights, outputs, {"feature_3d": feature}, {"kp_source": source, "kp_driving": driving},
        {"out": 16, "deformation": 8})

    maps = GeneratedInput("spade.feature", (1, widths.feature, 64, 64), 0.0, 1.5)
    rendered = networks.spade_generator(maps.values().double())
    write_case(path("spade"), "spade", weights, {"image": rendered}, {"feature": maps}, strides={"image": 16})

    retargeting_file = weights / "stitching_retargeting.safetensors"
    if retargeting_file.exists():
        retargeting = StitchingRetargeting()
        retargeting.load_state_dict(safetensors.read(retargeting_file)[0])
        retargeting = retargeting.double().eval()
        inputs = {
            "stitching": torch.randn((3, 126), generator=random),
            "lip": torch.randn((3, 65), generator=random),
            "eye": torch.randn((3, 66), generator=random),
        }
        outputs = {name: retargeting.get_submodule(name)(values.double()) for name, values in inputs.items()}
        write_case(path("stitching"), "stitching", weights, outputs, stored=inputs)
    return paths
