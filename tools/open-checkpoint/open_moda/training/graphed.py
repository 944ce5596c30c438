"""A training step as one CUDA graph, with the next batch made while it runs: thousands of small launches cost more than their work."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from open_moda.render_batch import RenderBatch

_WARM_UPS = 4


class GraphedStep:
    """Replays a step that reads nothing but its batch and tensors that stay where they are."""

    def __init__(self, step: Callable[[RenderBatch], dict[str, Tensor]], next_batch: Callable[[], RenderBatch]) -> None:
        """Runs the step a few times, then captures it. The batches must have the same shapes every time."""
        self._next_batch = next_batch
        self._main = torch.cuda.current_stream()
        self._side = torch.cuda.Stream()
        self._ahead = next_batch()
        self._batch = RenderBatch(*(None if values is None else values.clone() for values in self._ahead))
        self._side.wait_stream(self._main)
        with torch.cuda.stream(self._side):
            for _ in range(_WARM_UPS):
                step(self._batch)
        self._main.wait_stream(self._side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._losses = step(self._batch)

    def __call__(self) -> dict[str, Tensor]:
        """One step; its losses are overwritten by the next."""
        self._main.wait_stream(self._side)
        for kept, new in zip(self._batch, self._ahead):
            if kept is not None:
                kept.copy_(new)

        # The batch is made ahead from memory that the copy has read.
        self._side.wait_stream(self._main)
        self._graph.replay()
        with torch.cuda.stream(self._side):
            self._ahead = self._next_batch()
        return self._losses
