"""Synthetic series: everything the default model is ever shown; no recorded series is used."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.synthetic import noise, outputs, profiles, regimes
from training.synthetic.sampling import chance, log_normal

Float64: TypeAlias = NDArray[np.float64]

INTERVALS_S = {300: 0.35, 600: 0.15, 900: 0.15, 1800: 0.125, 3600: 0.125, 60: 0.1}
"""Seconds between two records and how often each is drawn."""

GAPPY_SHARE = 0.12
"""Share of series with gaps; in those a record in U(0.2 %, 5 %) is followed by a gap of 1 to 3 missing records."""

FIRST_START_S = 1_388_534_400
"""1 January 2014; series start at any second of the ten years after it."""


def draw(rng: np.random.Generator, n_series: int, n_steps: int) -> tuple[Float64, Float64]:
    """Draw series that look like metrics: seasons, noise, bursts, regimes, counters, gaps.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same series.
    n_series, n_steps : int
        Number of series, and of records in each.

    Returns
    -------
    timestamps_s : float64, shape (n_series, n_steps)
        Seconds since the epoch, strictly increasing along each series.
    values : float64, shape (n_series, n_steps)
        Finite, in an arbitrary unit.
    """
    timestamps_s, values = np.empty((n_series, n_steps)), np.empty((n_series, n_steps))
    for row in range(n_series):
        interval_s = float(rng.choice(list(INTERVALS_S), p=list(INTERVALS_S.values())))
        timestamps_s[row] = _clock(rng, interval_s, n_steps)
        values[row] = _course(rng, timestamps_s[row], interval_s)
    return timestamps_s, values


def _clock(rng: np.random.Generator, interval_s: float, n_steps: int) -> Float64:
    steps = np.ones(n_steps)
    if chance(rng, GAPPY_SHARE):
        gaps = rng.random(n_steps) < rng.uniform(0.002, 0.05)
        steps += np.where(gaps, rng.integers(1, 4, n_steps), 0)
    start_s = FIRST_START_S + rng.integers(10 * 365 * profiles.DAY_S)
    return np.asarray(start_s + interval_s * np.cumsum(steps))


def _course(rng: np.random.Generator, timestamps_s: Float64, interval_s: float) -> Float64:
    """Add up seasons, noise, walk, bursts and trend, then let regimes and the meter work on the sum."""
    n_steps = len(timestamps_s)
    values = np.zeros(n_steps)
    daily, periodic = chance(rng, 0.6), chance(rng, 0.25)
    if daily:
        values += profiles.draw_daily(rng, timestamps_s, interval_s)
    if chance(rng, 0.12):
        values += profiles.draw_hourly(rng, timestamps_s)
    if periodic:
        values += profiles.draw_period(rng, n_steps)
    scale = log_normal(rng, -1.5, 1.2) if daily or periodic else log_normal(rng, -0.5, 1.0)
    values += scale * noise.draw_noise(rng, n_steps) * regimes.draw_loudness(rng, n_steps)
    if chance(rng, 0.25):
        values += scale * noise.draw_walk(rng, n_steps)
    if chance(rng, 0.35):
        values += noise.draw_bursts(rng, n_steps)
    if chance(rng, 0.2):
        values += regimes.draw_trend(rng, n_steps)
    return outputs.apply_meter(rng, regimes.hold_flat(rng, regimes.shift_regimes(rng, values)))
