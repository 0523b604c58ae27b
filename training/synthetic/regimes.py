"""How a synthetic series changes its ways: levels, factors, louder noise, flat lines, a trend."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.synthetic.sampling import chance, log_normal, stretch

Float64: TypeAlias = NDArray[np.float64]


def draw_loudness(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw the factor of the noise: 1, doubled in Poisson(0.4) stretches of 10 to 1,000 records; shape (n_steps,)."""
    loudness = np.ones(n_steps)
    for _ in range(rng.poisson(0.4)):
        loudness[stretch(rng, n_steps, 10, 1000)] *= 2.0
    return loudness


def shift_regimes(rng: np.random.Generator, values: Float64) -> Float64:
    """Shift Poisson(0.6) stretches by a level (70 %) or factor; one in four lasts to the end."""
    shifted = values.copy()
    for _ in range(rng.poisson(0.6)):
        where = stretch(rng, len(values), 10, 1000)
        if chance(rng, 0.25):
            where = slice(where.start, None)
        if chance(rng, 0.7):
            shifted[where] += rng.normal(0.0, 1.5)
        else:
            shifted[where] *= log_normal(rng, 0.0, 0.7)
    return shifted


def hold_flat(rng: np.random.Generator, values: Float64) -> Float64:
    """Freeze the value in Poisson(0.3) stretches of 5 to 400 records."""
    held = values.copy()
    for _ in range(rng.poisson(0.3)):
        where = stretch(rng, len(values), 5, 400)
        held[where] = held[where.start]
    return held


def draw_trend(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw a straight line that ends N(0, 1.5) away from where it starts; shape (n_steps,)."""
    return np.linspace(0.0, rng.normal(0.0, 1.5), n_steps)
