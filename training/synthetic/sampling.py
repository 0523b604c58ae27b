"""Random choices that several parts of a synthetic series make in the same way."""

from __future__ import annotations

import math

import numpy as np


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Return True with the given probability."""
    return bool(rng.random() < probability)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between the logarithms of `low` and `high` (both > 0)."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def log_normal(rng: np.random.Generator, mean: float, deviation: float) -> float:
    """Draw e to the power of a normal number."""
    return math.exp(rng.normal(mean, deviation))


def stretch(rng: np.random.Generator, n_steps: int, shortest: int, longest: int) -> slice:
    """Draw a run of records that starts anywhere and is cut at the end of the series.

    Parameters
    ----------
    n_steps : int
        Length of the series in records.
    shortest, longest : int
        Limits of the length in records; its logarithm is uniform between them.

    Returns
    -------
    slice
        Not empty.
    """
    start = int(rng.integers(n_steps))
    return slice(start, min(n_steps, start + round(log_uniform(rng, shortest, longest))))
