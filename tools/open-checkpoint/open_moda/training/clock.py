"""Training by the clock: how far it has come, and the learning rate that follows from it."""

from __future__ import annotations

import math
import time


class Clock:
    """Time spent on training, over interruptions."""

    def __init__(self, seconds: float, spent: float = 0.0) -> None:
        self.seconds = seconds
        self._before = spent
        self._start = time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds so far, those before an interruption counted in."""
        return self._before + time.monotonic() - self._start

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return min(self.spent / self.seconds, 1.0)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.spent >= self.seconds


def learning_rate(progress: float, step: int, peak: float, warmup_steps: int, floor: float = 0.02) -> float:
    """A linear warm-up over steps, then a cosine over the time down to `floor` of the peak."""
    warmup = min(1.0, (step + 1) / warmup_steps)
    return peak * warmup * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress)))


def ramp(progress: float, start: float, end: float, highest: float) -> float:
    """0 until `start`, `highest` from `end` on, a line between."""
    return highest * min(max((progress - start) / (end - start), 0.0), 1.0)
