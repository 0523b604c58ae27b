"""What repeats in a synthetic series: a day with its weekends, the jobs of an hour, and any other period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Float64
from training.synthetic.sampling import chance, log_normal, log_uniform

DAY_S, HOUR_S = 86_400, 3_600
EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday: day 3 of a week that starts on Monday."""


def draw_daily(rng: np.random.Generator, timestamps_s: Float64, interval_s: float) -> Float64:
    """Draw a day's course and repeat it, with weekends, better and worse days, and early and late ones.

    Parameters
    ----------
    timestamps_s : float64, shape (length,)
        Seconds since the epoch, UTC. The series' own clock is up to 12 hours away from UTC.
    interval_s : float
        Seconds between two records.

    Returns
    -------
    float64, shape (length,)
    """
    height = log_normal(rng, 0.0, 0.7)
    course = _course(rng, round(DAY_S / interval_s)) * height
    weekend = _course(rng, len(course)) * height if chance(rng, 0.25) else course
    local_s = timestamps_s + 3600.0 * rng.integers(-12, 13)
    days = np.floor(local_s / DAY_S).astype(np.int64)
    day = days - days[0]
    factors = _day_factors(rng, days)[day]
    record_of_day = np.floor((local_s - days * DAY_S) / interval_s).astype(np.int64)
    if chance(rng, 0.2):
        record_of_day += rng.integers(-2, 3, size=day[-1] + 1)[day]
    is_weekend = (days + EPOCH_WEEKDAY) % 7 >= 5
    place = record_of_day % len(course)
    return np.asarray(factors * np.where(is_weekend, weekend[place], course[place]))


def draw_hourly(rng: np.random.Generator, timestamps_s: Float64) -> Float64:
    """Draw a job that runs for the same part of every hour; shape (length,)."""
    start, share = rng.random(), rng.uniform(0.05, 0.5)
    running = (timestamps_s / HOUR_S - start) % 1.0 < share
    return np.asarray(running * log_normal(rng, -0.7, 0.7))


def draw_period(rng: np.random.Generator, n_steps: int) -> Float64:
    """Draw a smooth course that repeats after 4 to 400 records; shape (n_steps,)."""
    phases = np.arange(n_steps) / log_uniform(rng, 4.0, 400.0)
    return _fourier(rng, phases, int(rng.integers(1, 4))) * log_normal(rng, 0.0, 0.7)


def _course(rng: np.random.Generator, n_records: int) -> Float64:
    """One day: Fourier 45 %, square blocks 30 %, spikes 15 %, Fourier and blocks 10 %; 30 % floored at a quantile."""
    kind = rng.choice(["fourier", "blocks", "spikes", "both"], p=[0.45, 0.30, 0.15, 0.10])
    course = np.zeros(n_records)
    if kind in ("fourier", "both"):
        course += _fourier(rng, np.arange(n_records) / n_records, int(rng.integers(1, 6)))
    if kind in ("blocks", "both"):
        course += _raised(rng, n_records, int(rng.integers(1, 4)), shortest=n_records // 24, longest=n_records // 2)
    if kind == "spikes":
        course += 2.0 * _raised(rng, n_records, int(rng.integers(1, 5)), shortest=1, longest=3)
    if chance(rng, 0.3):
        course = np.maximum(course, np.quantile(course, rng.uniform(0.1, 0.7)))
    return course


def _fourier(rng: np.random.Generator, phases: Float64, n_terms: int) -> Float64:
    """Sum of harmonics whose amplitudes fall as 1/k, scaled to a standard deviation of about 1."""
    orders = np.arange(1, n_terms + 1)
    amplitudes = rng.normal(size=n_terms) / orders
    shifts = rng.uniform(0.0, 2.0 * np.pi, n_terms)
    waves = np.cos(2.0 * np.pi * phases[:, None] * orders + shifts)
    return np.asarray((waves * amplitudes).sum(axis=1) / np.sqrt(0.5 * (amplitudes**2).sum()))


def _raised(rng: np.random.Generator, n_records: int, n_blocks: int, shortest: int, longest: int) -> Float64:
    """Blocks of height U(0.5, 2), one in four downward, anywhere in the day (over midnight too)."""
    course = np.zeros(n_records)
    for _ in range(n_blocks):
        start, length = rng.integers(n_records), rng.integers(shortest, longest + 1)
        height = rng.uniform(0.5, 2.0) * (-1.0 if chance(rng, 0.25) else 1.0)
        course[(start + np.arange(length)) % n_records] += height
    return course


def _day_factors(rng: np.random.Generator, days: NDArray[np.int64]) -> Float64:
    """Factor of every day from the first to the last: weekends in half of the series, seven own days in 15 %, noise."""
    week = np.ones(7)
    choice = rng.random()
    if choice < 0.5:
        week[5:] = rng.uniform(0.0, 1.2)
    elif choice < 0.65:
        week[:] = rng.uniform(0.0, 1.2, 7)
    deviation = rng.choice([0.0, 0.03, 0.1, 0.2])
    calendar = np.arange(days[0], days[-1] + 1)
    noise = 1.0 + deviation * rng.normal(size=len(calendar))
    return np.asarray(week[(calendar + EPOCH_WEEKDAY) % 7] * noise)
