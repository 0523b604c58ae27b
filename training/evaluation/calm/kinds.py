"""The kinds of calm series: noise, rhythms and counts as metrics have them, in which nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from stream.detection.arrays import Float64

Kind: TypeAlias = Callable[[np.random.Generator, Float64], Float64]
"""Draws the values at given times, in seconds since a Monday's midnight."""

DAY_S, WEEK_S = 86_400.0, 604_800.0


def autoregressive(rng: np.random.Generator, n_points: int, kept: float) -> Float64:
    """Draw noise of deviation 1 that keeps a part of itself from point to point."""
    drive = rng.normal(size=n_points) * np.sqrt(1 - kept * kept)
    noise, last = np.empty(n_points), rng.normal()
    for at, pushed in enumerate(drive):
        last = kept * last + pushed
        noise[at] = last
    return noise


def _cpu(rng: np.random.Generator, times_s: Float64) -> Float64:
    load = 30 + 12 * autoregressive(rng, len(times_s), 0.9) + 4 * rng.normal(size=len(times_s))
    return np.clip(load, 0, 100)


def _day(times_s: Float64) -> Float64:
    return np.sin(2 * np.pi * times_s / DAY_S) + 0.3 * np.sin(4 * np.pi * times_s / DAY_S + 1)


def _daily(rng: np.random.Generator, times_s: Float64) -> Float64:
    return 100 + 30 * _day(times_s) + 5 * rng.normal(size=len(times_s))


def _daily_multiplied(rng: np.random.Generator, times_s: Float64) -> Float64:
    return (100 + 60 * _day(times_s)) * np.exp(0.08 * rng.normal(size=len(times_s)))


def _weekly(rng: np.random.Generator, times_s: Float64) -> Float64:
    workday = np.where(times_s % WEEK_S < 5 * DAY_S, 1.0, 0.4)
    return 100 + 40 * workday * (1 + _day(times_s)) + 5 * rng.normal(size=len(times_s))


def _levels(rng: np.random.Generator, times_s: Float64) -> Float64:
    """Switch between three levels, each held for 100 points or so."""
    switches = rng.random(len(times_s)) < 0.01
    held = rng.integers(0, 3, len(times_s))[np.maximum.accumulate(np.where(switches, np.arange(len(times_s)), 0))]
    return 50.0 + 20.0 * held + rng.normal(size=len(times_s))


def _sawtooth(rng: np.random.Generator, times_s: Float64) -> Float64:
    """Fill up in 60 points or so, and be emptied."""
    return (np.arange(len(times_s)) + rng.integers(60)) % 60 + 2 * rng.normal(size=len(times_s))


def _queue(rng: np.random.Generator, times_s: Float64) -> Float64:
    """Count a queue with 10 in and at most 12 out a point."""
    length, values = 0, np.empty(len(times_s))
    for at, arrived in enumerate(rng.poisson(10, len(times_s)).tolist()):
        length = max(length + arrived - 12, 0)
        values[at] = length
    return values


def _mostly_zero(rng: np.random.Generator, times_s: Float64) -> Float64:
    return np.where(rng.random(len(times_s)) < 0.03, rng.poisson(3, len(times_s)), 0).astype(np.float64)


KINDS: Final[dict[str, Kind]] = {
    "normal": lambda rng, times_s: rng.normal(size=len(times_s)),
    "uniform": lambda rng, times_s: rng.uniform(size=len(times_s)),
    "Poisson, mean 3": lambda rng, times_s: rng.poisson(3, len(times_s)).astype(np.float64),
    "Poisson, mean 200": lambda rng, times_s: rng.poisson(200, len(times_s)).astype(np.float64),
    "lognormal": lambda rng, times_s: rng.lognormal(3, 0.7, len(times_s)),
    "exponential": lambda rng, times_s: rng.exponential(20, len(times_s)),
    "t(3)": lambda rng, times_s: 50 + rng.standard_t(3, len(times_s)),
    "AR(1), 0.5": lambda rng, times_s: autoregressive(rng, len(times_s), 0.5),
    "AR(1), 0.9": lambda rng, times_s: autoregressive(rng, len(times_s), 0.9),
    "AR(1), 0.99": lambda rng, times_s: autoregressive(rng, len(times_s), 0.99),
    "CPU": _cpu,
    "daily": _daily,
    "daily, multiplied": _daily_multiplied,
    "weekly": _weekly,
    "switching levels": _levels,
    "sawtooth": _sawtooth,
    "queue length": _queue,
    "mostly zero": _mostly_zero,
    "rounded": lambda rng, times_s: np.round(20 + 0.5 * autoregressive(rng, len(times_s), 0.7), 1),
}

LIGHT: Final = ("normal", "uniform", "Poisson, mean 200", "AR(1), 0.5", "daily", "weekly", "sawtooth", "rounded")
"""Kinds with light tails and one level, in which every fault below is obvious."""
