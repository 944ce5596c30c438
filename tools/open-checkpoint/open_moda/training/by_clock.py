"""What the trainings of the speech networks share: steps until the time is up, reports now and then, and a state to go on from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from open_moda.training.averaged import AveragedWeights
from open_moda.training.clock import Clock, learning_rate


class Options(Protocol):
    """How to train."""

    out: Path
    seconds: float
    learning_rate: float
    warmup_steps: int
    report_seconds: float


class TrainingByClock(ABC):
    """Trains a network by AdamW until the time is up."""

    name: str
    """What its files are called."""

    def __init__(self, network: nn.Module, optimizer: torch.optim.Optimizer, decay: float, device: torch.device, options: Options) -> None:
        self.network, self.optimizer, self.device, self.options = network, optimizer, device, options
        self.averaged = AveragedWeights(network, decay)
        self.clock = Clock(options.seconds)
        self.step = 0
        self._log: list[str] = []

    @abstractmethod
    def loss(self) -> Tensor:
        """The loss of a batch."""

    @abstractmethod
    def measure(self) -> str:
        """What the averaged weights make of what was kept out."""

    @abstractmethod
    def write_weights(self) -> None:
        """Writes the averaged weights for the engine."""

    def run(self) -> None:
        """Trains, reports, keeps."""
        self.clock = Clock(self.options.seconds, self.clock.spent)
        next_report, total, count = self.clock.spent + self.options.report_seconds, 0.0, 0
        while not self.clock.over:
            total, count = total + self.train_step(), count + 1
            if self.clock.spent >= next_report:
                self.report(float(total) / count)
                next_report, total, count = self.clock.spent + self.options.report_seconds, 0.0, 0
        self.report(float(total) / max(count, 1))

    def train_step(self) -> Tensor:
        """One step; gives its loss, on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.clock.progress, self.step, self.options.learning_rate, self.options.warmup_steps)
        self.network.train()
        loss = self.loss()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.averaged.update(self.network, self.step)
        self.step += 1
        return loss.detach()

    def report(self, loss: float) -> None:
        """Says how far it has come; writes the weights, the log, and what `resume` needs."""
        with torch.no_grad():
            line = f"step {self.step} | s {self.clock.spent:.0f} | loss {loss:.4f} | held out: {self.measure()}"
        print(line, flush=True)
        self._log.append(line)
        self.options.out.mkdir(parents=True, exist_ok=True)
        self.write_weights()
        (self.options.out / f"{self.name}.log.md").write_text("".join(f"- {entry}\n" for entry in self._log))
        torch.save(self.state(), self._state_path)

    def state(self) -> dict[str, object]:
        """Everything that changes."""
        return {
            "network": self.network.state_dict(), "averaged": self.averaged.network.state_dict(), "optimizer": self.optimizer.state_dict(),
            "step": self.step, "spent": self.clock.spent, "log": self._log}

    def resume(self) -> None:
        """Goes on from the whole state, or from the weights alone, or from nothing, whichever there is."""
        if self._state_path.exists():
            self.restore(torch.load(self._state_path, map_location=self.device))
        elif self.weights_path.exists():
            self.restore_weights()

    def restore(self, state: dict[str, object]) -> None:
        """Takes a state."""
        self.network.load_state_dict(state["network"])
        self.averaged.network.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self._log = state["step"], state["log"]
        self.clock = Clock(self.options.seconds, state["spent"])

    @abstractmethod
    def restore_weights(self) -> None:
        """Takes the weights that `write_weights` has written."""

    @property
    def weights_path(self) -> Path:
        """Where the weights are written."""
        return self.options.out / f"{self.name}.safetensors"

    @property
    def _state_path(self) -> Path:
        return self.options.out / f"{self.name}.state.pt"
