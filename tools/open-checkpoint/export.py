"""Makes the folder of weights that the engine reads from what the trainings have written.

    python3 export.py --render runs/render/render.safetensors --audio runs/audio/audio.safetensors \\
        --motion runs/motion/motion.safetensors --out ../../open-checkpoint

Each input is a safetensors file with tensors `module/name`. The metadata of --audio has `audio_encoder` (JSON: `attention_heads`, ...),
that of --motion has `motion_mean` and `motion_std` (JSON: 70 numbers each). Networks that are not given stay as --out has them already.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from open_moda import safetensors
from open_moda.checkpoint import AudioEncoderSettings, MotionStatistics, describe, write_network
from open_moda.render_weights import by_module
from open_moda.retargeting import build
from open_moda.rig import BASIS, CONTROLS

ORIGIN = "the open checkpoint of Moda.Native, trained from nothing by tools/open-checkpoint"
SOURCES = {
    "audio_encoder": ["tools/open-checkpoint/train_audio.py", "tools/open-checkpoint/tune_audio.py"],
    "motion_generator": ["tools/open-checkpoint/train_motion.py"],
    "appearance_feature_extractor": ["tools/open-checkpoint/train_render.py"],
    "motion_extractor": ["tools/open-checkpoint/train_render.py"],
    "warping_module": ["tools/open-checkpoint/train_render.py"],
    "spade_generator": ["tools/open-checkpoint/train_render.py"],
    "stitching_retargeting": ["tools/open-checkpoint/open_moda/retargeting.py"],
}


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--render", type=Path)
    parser.add_argument("--audio", type=Path)
    parser.add_argument("--motion", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    given = [path for path in (arguments.audio, arguments.motion, arguments.render) if path]
    if len(given) < 3 and not (arguments.out / "moda.json").exists():
        parser.error("give --render, --audio and --motion, or an --out that holds the others")

    for path in given:
        for module, tensors in by_module(safetensors.read(path)[0]).items():
            write_network(arguments.out, module, tensors)
    basis = torch.as_tensor(BASIS, dtype=torch.float32)
    rows = {name: basis[CONTROLS.index(name)] for name in ("jaw_open", "blink_left", "blink_right")}
    write_network(arguments.out, "stitching_retargeting", build(**rows).state_dict())
    path = describe(arguments.out, ORIGIN, _audio(arguments.audio, arguments.out), _statistics(arguments.motion, arguments.out), SOURCES)
    total = sum(file.stat().st_size for file in arguments.out.iterdir())
    print(f"{path}: {total / 1e6:.1f} MB in all")


def _audio(trained: Path | None, folder: Path) -> AudioEncoderSettings:
    settings = json.loads(safetensors.read(trained)[1]["audio_encoder"]) if trained else _described(folder)["audio_encoder"]
    return AudioEncoderSettings(**settings)


def _statistics(trained: Path | None, folder: Path) -> MotionStatistics:
    if trained is None:
        statistics = _described(folder)["motion_statistics"]
        return MotionStatistics(statistics["mean"], statistics["std"], statistics["source"])
    motion = safetensors.read(trained)[1]
    return MotionStatistics(json.loads(motion["motion_mean"]), json.loads(motion["motion_std"]), "tools/open-checkpoint/train_motion.py")


def _described(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "moda.json").read_text())


if __name__ == "__main__":
    main()
