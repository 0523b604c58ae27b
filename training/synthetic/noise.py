"""Noise and regimes of a synthetic series: what varies from record to record, and what changes for good."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from stream.detection.arrays import Float64
from training.synthetic.sampling import chance, log_normal, log_uniform, stretch

KINDS = {"none": 0.08, "white": 0.32, "autoregressive": 0.35, "student": 0.15, "gamma": 0.10}
"""Kinds of noise and how often each is drawn."""


def draw_noise(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw noise of scale 1 of one kind; shape (n_steps,)."""
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "none":
        return np.zeros(n_steps)
    if kind == "white":
        return rng.normal(size=n_steps)
    if kind == "autoregressive":
        return np.asarray(_autoregressive(rng, n_steps) + 0.3 * rng.normal(size=n_steps))
    if kind == "student":
        return rng.standard_t(rng.uniform(1.8, 5.0), n_steps)
    shape = rng.uniform(0.5, 4.0)
    return np.asarray((rng.gamma(shape, size=n_steps) - shape) / np.sqrt(shape))


def draw_walk(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw a random walk whose step is e^U(-6, -2); shape (n_steps,)."""
    return np.asarray(np.cumsum(rng.normal(size=n_steps)) * np.exp(rng.uniform(-6.0, -2.0)))


def draw_bursts(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw rare bursts of heavy-tailed height.

    15 % of series burst downward; in 60 % a burst lasts one record, else it decays over up to 11.

    Returns
    -------
    float64, shape (n_steps,)
        0 where there is no burst; bursts that overlap add up.
    """
    starts = rng.random(n_steps) < log_uniform(rng, 0.001, 0.05)
    heights = (1.0 + rng.pareto(rng.uniform(1.5, 4.0), n_steps)) * rng.uniform(0.5, 3.0)
    sign = -1.0 if chance(rng, 0.15) else 1.0
    bursts = sign * np.where(starts, heights, 0.0)
    if chance(rng, 0.6):
        return bursts
    n_records = int(rng.integers(2, 12))
    decay = np.exp(-np.arange(n_records) / (n_records / 3.0))
    return np.convolve(bursts, decay)[:n_steps]


def _autoregressive(rng: np.random.Generator, n_steps: int) -> Float64:
    """AR(1) of variance 1 from its first record on; 1 - phi is log-uniform between 0.005 and 1."""
    phi = 1.0 - log_uniform(rng, 0.005, 1.0)
    shocks = rng.normal(size=n_steps)
    shocks[1:] *= np.sqrt(1.0 - phi * phi)
    return np.array(list(accumulate(shocks.tolist(), lambda previous, shock: phi * previous + shock)))


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
