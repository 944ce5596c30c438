"""Writes random weights in widths that no preset has, and their parity cases: the fixture tests/data/narrow.

    python3 narrow.py --out ../../tests/data/narrow
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from open_moda.checkpoint import AudioEncoderSettings, MotionStatistics, describe, write_network
from open_moda.networks.render import RenderNetworks
from open_moda.networks.widths import TINY
from open_moda.render_cases import write_render_cases


@torch.no_grad()
def randomise(name: str, tensor: Tensor) -> None:
    """Moves what training would move away from its neutral initial value."""
    if name.endswith("running_mean"):
        tensor.normal_(0, 0.1)
    elif name.endswith("running_var"):
        tensor.uniform_(0.75, 1.25)
    elif "grn" in name:
        tensor.normal_(0, 0.2)
    elif tensor.dim() == 1 and name.endswith("weight"):
        tensor.normal_(1, 0.2)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out.resolve()
    torch.manual_seed(0)
    networks = RenderNetworks(TINY)
    for name, tensor in networks.state_dict().items():
        randomise(name, tensor)
    for module in networks.MODULES:
        write_network(out, module, networks.get_submodule(module).state_dict())
    statistics = MotionStatistics([0.0] * 70, [1.0] * 70, "none: there is no motion generator")
    describe(out, "random values in widths that no preset has", AudioEncoderSettings(attention_heads=2), statistics)
    write_render_cases(out, out / "cases", "narrow")


if __name__ == "__main__":
    main()
