"""Warm-up: records before the first score, fewer for slow series."""

from __future__ import annotations

from typing import Final

from stream.detection.compiler.stage import compiled
from stream.detection.state.key import Key

SLOW_S: Final = 1700.0
"""Usual interval from which on a key is slow: half an hour, less some jitter."""

SLOW_WARMUP: Final = 64
"""Records of a slow key before its first score: 300 would be twelve days of an hour."""

YOUNG: Final = 2.0
"""How many times more record evidence a slow key needs at its first record; it wears off until the end of `warmup`."""


@compiled
def is_slow(key: Key) -> bool:
    """Return whether half an hour or more lies between two records of a key."""
    return bool(key.interval_s >= SLOW_S)


@compiled
def youth(key: Key, t: int, warmup: int) -> float:
    """Return how many times the usual record evidence record t of a key needs: more than 1 of a young slow key only."""
    return 1 + YOUNG * (1 - t / warmup) if is_slow(key) and t < warmup else 1.0


def first_scored(warmup: int, slow_warmup: int, interval_s: float) -> int:
    """Return the first scored record of a series with this interval."""
    return min(warmup, slow_warmup) if interval_s >= SLOW_S else warmup
