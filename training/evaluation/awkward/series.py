"""Awkward series: points, and where something is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from stream.detection.arrays import Float64, Int64

LENGTH = 6000
"""Points of a series: enough for a key of every age."""

START_MS = 1_704_067_200_000
"""2024-01-01, a Monday, 00:00 UTC."""

EVENT_AT = (850, 2500, 5000)
"""Where events are planted, give or take `JITTER`: one in each of the ages that alarms are counted by."""

JITTER = 100
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

Change: TypeAlias = Callable[[Float64], Float64]
"""What an event does to the values that it covers."""


class LabelledSeries(NamedTuple):
    """One series."""

    timestamps_ms: Int64
    """Shape (points,). Increasing."""
    values: Float64
    """Shape (points,)."""
    events: Int64
    """Shape (events, 2). First point of each event, and the one after its last."""

    def without(self, missing: Int64) -> LabelledSeries:
        """Leave out points; events move along."""
        kept = np.ones(len(self.values), np.bool_)
        kept[missing] = False
        before = np.concatenate([[0], np.cumsum(kept)])
        return LabelledSeries(self.timestamps_ms[kept], self.values[kept], before[self.events])

    def until(self, end: int) -> LabelledSeries:
        """Keep the first points, and the events that lie among them."""
        return LabelledSeries(self.timestamps_ms[:end], self.values[:end], self.events[self.events[:, 1] <= end])


def spots(rng: np.random.Generator, n_points: int) -> Int64:
    """Choose where events of so many points lie; shape (events, 2)."""
    first = np.array(EVENT_AT) + rng.integers(-JITTER, JITTER, len(EVENT_AT))
    return np.stack([first, first + n_points], axis=1)


def planted(values: Float64, events: Int64, change: Change) -> Float64:
    """Let every event change the values that it covers."""
    values = values.copy()
    for first, end in events:
        values[first:end] = change(values[first:end])
    return values


def regular(values: Float64, events: Int64, interval_s: float) -> LabelledSeries:
    """Make a series of regularly sampled values."""
    steps_ms = np.round(1000 * interval_s * np.arange(len(values))).astype(np.int64)
    return LabelledSeries(START_MS + steps_ms, values, events)


def daily(rng: np.random.Generator) -> Float64:
    """Return the load of a service every five minutes: low at night, high in the afternoon, with noise."""
    hours = (np.arange(LENGTH) * 5 * MINUTE_S / HOUR_S) % 24
    load: Float64 = 100 + 40 * np.sin(2 * np.pi * (hours - 9) / 24) + rng.normal(0, 3, LENGTH)
    return load
