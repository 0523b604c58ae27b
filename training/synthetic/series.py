"""Synthetic series: everything the default model is ever shown; no recorded series is used."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float64
from training.synthetic.noise import (
    draw_bursts,
    draw_loudness,
    draw_noise,
    draw_trend,
    draw_walk,
    hold_flat,
    shift_regimes,
)
from training.synthetic.profiles import DAY_S, draw_daily, draw_hourly, draw_period
from training.synthetic.sampling import chance, log_normal

LARGEST_EXPONENT = 6.0
"""exp() of a burst of height 100 would leave one record and nothing else to learn from."""

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
    start_s = FIRST_START_S + rng.integers(10 * 365 * DAY_S)
    return np.asarray(start_s + interval_s * np.cumsum(steps))


def _course(rng: np.random.Generator, timestamps_s: Float64, interval_s: float) -> Float64:
    """Add up seasons, noise, walk, bursts and trend, then let regimes and the meter work on the sum."""
    n_steps = len(timestamps_s)
    values = np.zeros(n_steps)
    daily, periodic = chance(rng, 0.6), chance(rng, 0.25)
    if daily:
        values += draw_daily(rng, timestamps_s, interval_s)
    if chance(rng, 0.12):
        values += draw_hourly(rng, timestamps_s)
    if periodic:
        values += draw_period(rng, n_steps)
    scale = log_normal(rng, -1.5, 1.2) if daily or periodic else log_normal(rng, -0.5, 1.0)
    values += scale * draw_noise(rng, n_steps) * draw_loudness(rng, n_steps)
    if chance(rng, 0.25):
        values += scale * draw_walk(rng, n_steps)
    if chance(rng, 0.35):
        values += draw_bursts(rng, n_steps)
    if chance(rng, 0.2):
        values += draw_trend(rng, n_steps)
    return apply_meter(rng, hold_flat(rng, shift_regimes(rng, values)))


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
