"""Scale of a key: slow mean and deviation."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.kernel.age import ewma_weight
from stream.detection.state.key import Key

LEVEL, FASTEST, SLOW, FAST = 300.5, 12.0, 2016.0, 24.0
"""Records that the means remember."""

FEW: Final = 5
"""Records below which a tenth of the value itself is added to the scale, so that the first differences are not huge."""

PART, PART_OF_FEW = 0.001, 0.101
LEAST: Final = 1e-9
LARGEST: Final = np.float32(1e18)
"""Ratio whose square float32 still holds."""

LIMIT: Final = np.float32(8)
"""Inputs are clipped to plus and minus this."""

ONE: Final = np.float32(1)


class Scale(NamedTuple):
    """Moments of the values less x0 after a record."""

    centre: np.float32
    spread: np.float32


@compiled
def spread(variance: np.float32, centre: np.float32, x0: float, t: int) -> np.float32:
    """Return the inputs' scale, > 0, after record t (section 6.1)."""
    part = PART_OF_FEW if t < FEW else PART
    return np.float32(np.sqrt(variance) + part * abs(centre + x0) + LEAST)


@compiled
def standardised(value: np.float32, scale: Scale) -> np.float32:
    """Return asinh((v - centre) / spread).

    By its definition, log(x + sqrt(x^2 + 1)): as exact, to 6e-7 for all that the inputs' limit lets through; relative
    to results next to 0 it is not, and need not be.
    """
    reduced = (value - scale.centre) / scale.spread
    size = min(abs(reduced), LARGEST)
    return np.float32(math.copysign(np.log(size + np.sqrt(size * size + ONE)), reduced))


@compiled
def learn(key: Key, t: int, y: np.float32) -> Scale:
    """Update a key's moments over all windows (sections 3 and 6.1)."""
    key.level += ewma_weight(t, LEVEL) * (y - key.level)
    key.mean_12 += ewma_weight(t, FASTEST) * (y - key.mean_12)
    key.centre, key.variance = _moved(key.centre, key.variance, y, ewma_weight(t, SLOW))
    key.mean_24, key.variance_24 = _moved(key.mean_24, key.variance_24, y, ewma_weight(t, FAST))
    return Scale(key.centre, spread(key.variance, key.centre, key.x0, t))


@compiled
def _moved(mean: np.float32, variance: np.float32, y: np.float32, weight: np.float32) -> tuple[np.float32, np.float32]:
    difference = y - mean
    step = weight * difference
    return mean + step, (ONE - weight) * (variance + step * difference)
