"""Series of the same daily load with another clock: uneven, interrupted, quick, slow, local."""

from __future__ import annotations

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

INTERVAL_S = 5 * MINUTE_S
FIRST_LOCAL_S = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
SUMMER_S = [int(datetime(2026, *day, 1, tzinfo=UTC).timestamp()) for day in ((3, 29), (10, 25))]
"""Central European clocks are an hour ahead between these moments."""


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
