"""Weights and counts that depend on a key's age alone."""

from __future__ import annotations

import numpy as np

from stream.detection.compiler.stage import compiled


@compiled
def ewma_weight(t: int, memory: float) -> np.float32:
    """Return record t's weight in a warm-started EWMA."""
    return np.float32(max(1 / (t + 1), 1 / memory))


@compiled
def n_in_window(t: int, length: int) -> np.float32:
    """Return how many records the window holds at record t."""
    return np.float32(min(t + 1, length))
