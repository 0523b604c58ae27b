"""How a meter shows a synthetic series: exponentials, cuts, whole counts, and its own unit."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.synthetic.sampling import chance, log_normal

Float64: TypeAlias = NDArray[np.float64]

LARGEST_EXPONENT = 6.0
"""exp() of a burst of height 100 would leave one record and nothing else to learn from."""


def apply_meter(rng: np.random.Generator, values: Float64) -> Float64:
    """Bend, cut, count and scale a series as meters do.

    Parameters
    ----------
    values : float64, shape (length,)

    Returns
    -------
    float64, shape (length,)
        Finite. Scale e^N(0, 2), and in two thirds of the series an offset 3 N(0, 1).
    """
    shown = _count(rng, _bend(rng, values)) * log_normal(rng, 0.0, 2.0)
    if chance(rng, 2.0 / 3.0):
        shown = shown + 3.0 * rng.normal()
    return np.asarray(shown)


def _bend(rng: np.random.Generator, values: Float64) -> Float64:
    """15 % exponential, 15 % cut at a low quantile, 6 % clipped to the 2nd and the 95th percentile."""
    choice = rng.random()
    if choice < 0.15:
        return np.exp(np.clip(values - np.median(values), -LARGEST_EXPONENT, LARGEST_EXPONENT))
    if choice < 0.30:
        return np.maximum(values, np.quantile(values, rng.uniform(0.05, 0.5)))
    if choice < 0.36:
        return np.clip(values, *np.quantile(values, [0.02, 0.95]))
    return values


def _count(rng: np.random.Generator, values: Float64) -> Float64:
    """15 % rounded to a grid of 5 % to 100 % of the deviation, 8 % Poisson counts with a mean of about 0.4 to 50."""
    choice = rng.random()
    spread = float(values.std())
    if spread == 0.0:
        return values
    if choice < 0.15:
        grid = spread * np.exp(rng.uniform(-3.0, 0.0))
        return np.asarray(np.round(values / grid) * grid)
    if choice < 0.23:
        rates = (values - values.min()) / spread * np.exp(rng.uniform(-1.0, 3.0))
        return np.asarray(rng.poisson(rates), np.float64)
    return values
