"""The calm: which records leave the episode of their key as it is, and what a key shows while it has none."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.kernel.grid import VALUE
from stream.detection.state.key import Key
from stream.detection.state.key_fields import KeyCells
from stream.detection.state.phase import Phase

OPEN, CLOSED, PENDING = Phase.OPEN.value, Phase.CLOSED.value, Phase.PENDING.value

BOUNDARY: Final = 1.0
"""The score from which on a record is anomalous."""

RESOLUTION: Final = 1e-6
"""Part of a hull's width by which float32 may move its ends."""


@compiled
def is_moving(key: KeyCells, alarm: bool, score: float) -> bool:
    """Check whether a record may change an episode.

    Or its alarm is suppressed. All others leave everything as it is.
    """
    phase = key.episode_phase
    busy = alarm or phase in (OPEN, PENDING) or key.episode_held > 0
    return bool(busy or (phase == CLOSED and score >= BOUNDARY))


@compiled
def keep_range(key: Key) -> None:
    """Keep hull and scale of the values of a key that is calm, unless it has an episode or a suppressed alarm."""
    if key.episode_phase in (OPEN, PENDING) or key.episode_held > 0:
        return
    key.calm_low = min(key.low[VALUE], key.previous_low[VALUE])
    key.calm_high = max(key.high[VALUE], key.previous_high[VALUE])
    key.calm_level, key.calm_centre, key.calm_variance = key.level, key.centre, key.variance


@compiled
def lowest(key: Key) -> float:
    """Return the lowest value of a key."""
    low, high = min(key.low[VALUE], key.previous_low[VALUE]), max(key.high[VALUE], key.previous_high[VALUE])
    return rounded(low, high, key.x0)[0]


@compiled
def rounded(low: np.float32, high: np.float32, x0: float) -> tuple[float, float]:
    """Return a hull's ends; what float32 leaves of 0 is 0."""
    least = RESOLUTION * (float(high) - float(low))
    lower, upper = float(low) + x0, float(high) + x0
    return 0.0 if abs(lower) <= least else lower, 0.0 if abs(upper) <= least else upper
