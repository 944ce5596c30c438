"""Loads render networks from what the training writes, or from a folder of weights as the engine reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from open_moda import safetensors
from open_moda.networks.render import RenderNetworks
from open_moda.networks.widths import RenderWidths


def by_module(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Sorts tensors named `module/name`."""
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        module, own = name.split("/", 1)
        modules.setdefault(module, {})[own] = tensor
    return modules


def load(path: Path) -> RenderNetworks:
    """The render networks of a file or folder, in float32 and evaluation mode."""
    if path.is_dir():
        modules = {module: safetensors.read(path / f"{module}.safetensors")[0] for module in RenderNetworks.MODULES}
    else:
        modules = by_module(safetensors.read(path)[0])
    networks = RenderNetworks(RenderWidths.of(modules))
    fill(networks, modules)
    return networks.eval()


def fill(networks: RenderNetworks, modules: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Copies tensors into the networks.

    Raises ValueError where one is missing or has no place; counters, which checkpoints lack, stay as they are.
    """
    for module, tensors in modules.items():
        missing, unexpected = networks.get_submodule(module).load_state_dict(
            {name: tensor.float() for name, tensor in tensors.items()}, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unexpected:
            raise ValueError(f"{module}: missing {missing}, unexpected {unexpected}")
