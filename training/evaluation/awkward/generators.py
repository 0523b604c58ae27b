"""The generators: each draws one kind of series, with its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.awkward.series import (
    DAY_S,
    HOUR_S,
    LENGTH,
    MINUTE_S,
    LabelledSeries,
    daily,
    planted,
    regular,
    spots,
)

RESETS = 3
"""Times that the counter's process is started anew."""

INTERVAL_S = 5 * MINUTE_S
FIRST_LOCAL_S = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
SUMMER_S = [int(datetime(2026, *day, 1, tzinfo=UTC).timestamp()) for day in ((3, 29), (10, 25))]
"""Central European clocks are an hour ahead between these moments."""

ABSURD_AT = 1500
ABSURD_RANGES = 1e6


def constant(rng: np.random.Generator) -> LabelledSeries:
    """Draw nothing but 42; in an event 43."""
    events = spots(rng, 10)
    return regular(planted(np.full(LENGTH, 42.0), events, lambda values: values + 1), events, MINUTE_S)


def near_constant(rng: np.random.Generator) -> LabelledSeries:
    """Draw a constant that is read 1 % higher or lower now and then; in an event 3 % higher."""
    values = 4.0 + 0.04 * rng.choice([-1, 0, 1], LENGTH, p=[0.01, 0.98, 0.01])
    events = spots(rng, 10)
    return regular(planted(values, events, lambda values: np.full(len(values), 4.12)), events, MINUTE_S)


def binary(rng: np.random.Generator) -> LabelledSeries:
    """Draw a check that fails once in fifty times; in an event it fails for an hour."""
    events = spots(rng, 60)
    values = (rng.random(LENGTH) > 0.02).astype(np.float64)
    return regular(planted(values, events, np.zeros_like), events, MINUTE_S)


def counts(rng: np.random.Generator) -> LabelledSeries:
    """Draw errors a minute, 3 on the average; in an event there are 22 more."""
    events = spots(rng, 10)
    values = rng.poisson(3.0, LENGTH).astype(np.float64)
    return regular(planted(values, events, lambda values: values + 22), events, MINUTE_S)


def sparse(rng: np.random.Generator) -> LabelledSeries:
    """Draw 0, and one point in fifty a batch of some 100 rows; in an event batches without a pause."""
    events = spots(rng, 20)
    values = np.where(rng.random(LENGTH) < 0.02, np.round(rng.lognormal(4.6, 0.5, LENGTH)), 0.0)

    def busy(values: Float64) -> Float64:
        return np.round(rng.lognormal(4.6, 0.5, len(values)))

    return regular(planted(values, events, busy), events, MINUTE_S)


def level_steps(rng: np.random.Generator) -> LabelledSeries:
    """Draw a level that moves within its range now and then; in an event it is half as high again as ever."""
    steps = rng.random(LENGTH) < 1 / 300
    levels = rng.uniform(50, 100, LENGTH)[np.cumsum(steps)]
    events = spots(rng, 10)
    values = planted(levels, events, lambda values: np.full(len(values), 150.0)) + rng.normal(0, 1, LENGTH)
    return regular(values, events, MINUTE_S)


def random_walk(rng: np.random.Generator) -> LabelledSeries:
    """Draw a queue that wanders; in an event it is 40 of its steps from where it was."""
    events = spots(rng, 10)
    values = 1000 + rng.normal(0, 1, LENGTH).cumsum()
    return regular(planted(values, events, lambda values: values + 40), events, MINUTE_S)


def heavy_tails(rng: np.random.Generator) -> LabelledSeries:
    """Draw latencies, a few of them 20 times the usual one; in an event all are 5 times as long."""
    events = spots(rng, 20)
    values = 50 * np.exp(0.4 * rng.standard_t(3, LENGTH))
    return regular(planted(values, events, lambda values: 5 * values), events, MINUTE_S)


def counter(rng: np.random.Generator) -> LabelledSeries:
    """Draw a counter that begins anew now and then; in an event it counts three times as fast."""
    events = spots(rng, 10)
    per_s = planted(np.maximum(daily(rng), 0), events, lambda values: 3 * values)
    lives = np.split(np.round(5 * MINUTE_S * per_s), np.sort(rng.integers(0, LENGTH, RESETS)))
    return regular(np.concatenate([life.cumsum() for life in lives]), events, 5 * MINUTE_S)


def exponential(rng: np.random.Generator) -> LabelledSeries:
    """Draw what doubles every 700 points, with 3 % noise; in an event half of it is gone."""
    events = spots(rng, 10)
    values = 100 * np.exp2(np.arange(LENGTH) / 700) * np.exp(rng.normal(0, 0.03, LENGTH))
    return regular(planted(values, events, lambda values: 0.5 * values), events, MINUTE_S)


def outage(values: Float64) -> Float64:
    """Fail, so that a third of the lowest load is left."""
    return values * 0 + 20 + 0.05 * values


def daily_noise(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load by day and night; in an event there is an outage."""
    events = spots(rng, 6)
    return regular(planted(daily(rng), events, outage), events, INTERVAL_S)


def irregular(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load at times by chance."""
    events = spots(rng, 6)
    at_s = np.sort(rng.uniform(0, LENGTH * INTERVAL_S, LENGTH))
    values = 100 + 40 * np.sin(2 * np.pi * (at_s / HOUR_S - 9) / 24) + rng.normal(0, 3, LENGTH)
    even = regular(planted(values, events, outage), events, INTERVAL_S)
    timestamps_ms = even.timestamps_ms[0] + np.unique(np.round(1000 * at_s).astype(np.int64))
    return even._replace(timestamps_ms=timestamps_ms, values=even.values[: len(timestamps_ms)])


def gaps(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load without one to three points in fifty."""
    whole = daily_noise(rng)
    first = np.flatnonzero(rng.random(LENGTH) < 0.02)
    missing = np.concatenate([first + k for k in range(3)])
    return whole.without(missing[(missing < LENGTH) & (rng.random(len(missing)) < 0.7)])


def hole(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load with two holes of two days, each to some hours before an event."""
    whole = daily_noise(rng)
    n_missing = 2 * DAY_S // INTERVAL_S
    ends = whole.events[1:, 0] - 100
    return whole.without(np.concatenate([np.arange(end - n_missing, end) for end in ends]))


def not_a_number(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load with one point in fifty NaN."""
    series = daily_noise(rng)
    return series._replace(values=np.where(rng.random(LENGTH) < 0.02, np.nan, series.values))


def every_second(rng: np.random.Generator) -> LabelledSeries:
    """Draw a load that lasts a while, every second; in an event it is ten deviations off."""
    events = spots(rng, 10)
    values = np.zeros(LENGTH)
    for at, push in enumerate(rng.normal(0, 1, LENGTH)):
        values[at] = 0.95 * values[at - 1] + push if at else push
    return regular(planted(50 + values, events, lambda values: values + 32), events, 1)


def every_day(rng: np.random.Generator) -> LabelledSeries:
    """Draw sixteen years of daily sales, few at weekends; in an event next to none."""
    events = spots(rng, 3)
    weekday = np.arange(LENGTH) % 7
    values = np.where(weekday < 5, 1000, 400) * np.exp(rng.normal(0, 0.05, LENGTH))
    return regular(planted(values, events, lambda values: 0.1 * values), events, DAY_S)


def summer_time(rng: np.random.Generator) -> LabelledSeries:
    """Draw a load that goes by the local clock, from March to November; its times are in UTC."""
    events = spots(rng, 3)
    at_s = FIRST_LOCAL_S + HOUR_S * np.arange(LENGTH)
    local_hour = at_s // HOUR_S + 1 + ((at_s >= SUMMER_S[0]) & (at_s < SUMMER_S[1]))
    busy = (local_hour % 24 >= 8) & (local_hour % 24 < 18)
    values = np.where(busy, 140, 60) + rng.normal(0, 3, LENGTH)
    return LabelledSeries(1000 * at_s, planted(values, events, outage), events)


def times(factor: float) -> Callable[[np.random.Generator], LabelledSeries]:
    """Make the daily load in a unit so many times as small."""

    def scaled(rng: np.random.Generator) -> LabelledSeries:
        series = daily_noise(rng)
        return series._replace(values=series.values * factor)

    return scaled


def absurd_value(rng: np.random.Generator) -> LabelledSeries:
    """Draw the load; at point 1,500 one value is a million of its ranges away."""
    series = daily_noise(rng)
    values = series.values.copy()
    values[ABSURD_AT] += ABSURD_RANGES * np.ptp(values)
    absurd = [[ABSURD_AT, ABSURD_AT + 1]]
    return series._replace(values=values, events=np.sort(np.concatenate([series.events, absurd]), axis=0))
