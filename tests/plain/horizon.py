"""What was foretold of a record long before it came."""

from dataclasses import dataclass, field
from math import log2

import numpy as np
from numpy import float32

from tests.plain.moments import Moments
from tests.plain.single import Vector

N_WAITING = 24
SHORTEST_STEP_S = 300
MOST_OCTAVES = 9
SLIPPAGE = 0.1
FARTHEST = 9
LOG_WIDTHS = (-4, 3)


def stride_of(interval_s: float32) -> int:
    """Records from one far forecast to the next, a power of two: about five minutes of them, or one."""
    octaves = round(log2(SHORTEST_STEP_S / max(float(interval_s), 1e-3)))
    return 1 << min(max(octaves, 0), MOST_OCTAVES)


def reach_of(stride: int) -> int:
    """Records that a far forecast looks ahead: to the middle of those that it is held against."""
    return N_WAITING * stride - (stride - 1) // 2


@dataclass(frozen=True)
class FarForecast:
    """A value relative to the key's first, and one over how unsure it is on the scale of the inputs."""

    value: float32
    sharpness: float32


@dataclass
class Horizon:
    """Far forecasts that wait for their record, by its place."""

    waiting: dict[int, FarForecast] = field(default_factory=dict)
    stride: int = 0

    def due(
        self, t: int, gap_s: float, interval_s: float32, stride: int, inputs: Vector, moments: Moments
    ) -> float32 | None:
        """Return how many widths record `t` is above what was foretold of it, None if nothing was."""
        if stride != self.stride or gap_s - float(interval_s) > SLIPPAGE * reach_of(stride) * float(interval_s):
            self.waiting.clear()
        self.stride = stride
        foretold = self.waiting.get(t // stride % N_WAITING)
        if foretold is None:
            return None
        expected = float32(np.arcsinh((foretold.value - moments.mean) / moments.scale))
        return float32((inputs[0] - expected) * foretold.sharpness)

    def put(self, t: int, stride: int, far: Vector, usual: float32, moments: Moments, *, sure: bool) -> None:
        """Keep what is foretold after record `t`, if it is a number and it is known what the week shows then."""
        if (t + 1) % stride:
            return
        place = t // stride % N_WAITING
        ahead = min(max(far[0] + usual, float32(-FARTHEST)), float32(FARTHEST))
        log_width = min(max(far[1], float32(LOG_WIDTHS[0])), float32(LOG_WIDTHS[1]))
        value = moments.mean + moments.scale * float32(np.sinh(ahead))
        self.waiting.pop(place, None)
        if sure and not np.isnan(far).any():
            self.waiting[place] = FarForecast(value, float32(np.exp(-log_width)))
