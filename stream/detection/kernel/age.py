"""The age: what depends on nothing but how many records a key has had."""

from __future__ import annotations

import numpy as np

from stream.detection.compiler import compiled


@compiled
def weight(t: int, memory: float) -> np.float32:
    """Give the weight of record t in a mean that is plain at first and forgets after `memory` records."""
    return np.float32(max(1 / (t + 1), 1 / memory))


@compiled
def count(t: int, length: int) -> np.float32:
    """Count how many records, record t included, are in a window of this length."""
    return np.float32(min(t + 1, length))
