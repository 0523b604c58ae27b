"""Expiry of what a key has not shown for long."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import N_MAPS, Float32
from stream.detection.compiler.stage import compiled
from stream.detection.novelty import histogram, histogram_2d
from stream.detection.state.key import Key

MIN_RECORDS: Final = 14_000
MIN_TIME_S: Final = 259_200.0
"""A generation lasts at least so long, both in records and in time: three days hold a weekday pattern at any rate."""


@compiled
def expire_generation(key: Key, t: int, timestamp_s: float, statistics: Float32) -> None:
    """Start a new generation when the current is old (section 3).

    Parameters
    ----------
    statistics : float32, shape (5,)
    """
    if t - np.int64(key.rotation_t) < MIN_RECORDS or timestamp_s - key.rotation_s < MIN_TIME_S:
        return
    for of in range(N_MAPS):
        key.previous_low[of], key.previous_high[of] = key.low[of], key.high[of]
        key.low[of] = key.high[of] = statistics[of]
    for of in range(N_MAPS):
        histogram.expire(key, of)
    histogram_2d.expire(key)
    key.rotation_t, key.rotation_s = np.uint32(t), timestamp_s
