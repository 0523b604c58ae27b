"""Policies of series, as a table of those in use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple, Protocol

import numpy as np

from stream.detection.arrays import Bool, Float64, Int8, Int32, Int64, Records, UInt8
from stream.detection.policy.budget import UNDECIDED, Budget
from stream.detection.policy.maintenance import Maintenance, Window


class Transform(IntEnum):
    """Transform before scoring: see `stream.detection.points.transform`."""

    NONE = 0
    RATE = 1
    LOG = 2


class Direction(IntEnum):
    """Direction in which an anomaly must go to alert."""

    BELOW = -1
    BOTH = 0
    ABOVE = 1


class MinDuration(NamedTuple):
    """Minimum duration in event time and records; 0 for none."""

    ms: int = 0
    points: int = 0


NO_MIN_DURATION = MinDuration()


@dataclass(frozen=True, slots=True)
class SeriesPolicy:
    """Policy of a series; defaults hold without a rule.

    Attributes
    ----------
    transform : Transform
    min_deviation, min_deviation_share : float
        How far off an anomaly is at least, in the metric's unit and as a share of what was expected; 0 lets all count.
    direction : Direction
    lasting : MinDuration
        How long an anomaly has to last before its episode opens.
    minimum, maximum : float
        What the series can show: no band goes beyond.
    counters : bool
        Whether a series that proves to be a counter is judged by its rate.
    false_alarms : Budget or None
        How often it may alarm for nothing; None leaves it to the settings.
    silent_after : float or None
        Usual intervals without a point after which the series is silent, 0 for never; None leaves it to the settings.
    maintenance : tuple of Once or WeeklyWindow
        Windows in which it is neither judged nor learned.
    """

    transform: Transform = Transform.NONE
    min_deviation: float = 0.0
    min_deviation_share: float = 0.0
    direction: Direction = Direction.BOTH
    lasting: MinDuration = NO_MIN_DURATION
    minimum: float = -math.inf
    maximum: float = math.inf
    counters: bool = True
    false_alarms: Budget | None = None
    silent_after: float | None = None
    maintenance: tuple[Window, ...] = ()


TREATMENT: Final = np.dtype(
    [
        *(("min_deviation", "<f8"), ("min_deviation_share", "<f8"), ("minimum", "<f8"), ("maximum", "<f8")),
        *(("false_alarm_s", "<f8"), ("false_alarm_points", "<f8"), ("silent_after", "<f8")),
        *(("for_ms", "<i8"), ("for_points", "<i8"), ("transform", "u1"), ("direction", "i1"), ("counters", "?")),
    ]
)


class Treated(Protocol):
    """A row of such a table as compiled code sees it, as far as it asks."""

    false_alarm_s: float
    false_alarm_points: float
    counters: bool


def _columns(series_policy: SeriesPolicy) -> tuple[object, ...]:
    """Write a treatment as a row of the table."""
    budget = series_policy.false_alarms or UNDECIDED
    return (
        *(series_policy.min_deviation, series_policy.min_deviation_share, series_policy.minimum, series_policy.maximum),
        *(
            budget.period_s,
            budget.points,
            math.nan if series_policy.silent_after is None else series_policy.silent_after,
        ),
        *(series_policy.lasting.ms, series_policy.lasting.points, series_policy.transform, series_policy.direction),
        series_policy.counters,
    )


class PolicyTable:
    """Policies in use, as columns; row 0 is the default.

    A slot of the state holds the number of its row, so that a batch reads its fields at once:
    `series_policies.transform[state.treatment[slots]]`.

    Attributes
    ----------
    table : structured array of `TREATMENT`, shape (rows,)
        All that follow side by side.
    transform, direction : uint8 and int8, shape (rows,)
    min_deviation, min_deviation_share, silent_after : float64, shape (rows,)
        NaN where `silent_after` is left to the settings.
    for_ms, for_points, minimum, maximum, counters : int64 twice, float64 twice, bool, shape (rows,)
    false_alarm_s, false_alarm_points : float64, shape (rows,)
        The fields of `false_alarms`; both NaN where it is left to the settings.
    """

    table: Records
    transform: UInt8
    direction: Int8
    min_deviation: Float64
    min_deviation_share: Float64
    silent_after: Float64
    for_ms: Int64
    for_points: Int64
    minimum: Float64
    maximum: Float64
    counters: Bool
    false_alarm_s: Float64
    false_alarm_points: Float64

    def __init__(self) -> None:
        self._rows: dict[SeriesPolicy, int] = {SeriesPolicy(): 0}
        self._lay_out()

    def __len__(self) -> int:
        """Count the rows; with one, nothing needs a lookup."""
        return len(self._rows)

    def row(self, series_policy: SeriesPolicy) -> int:
        """Return a policy's row, added if new."""
        if series_policy not in self._rows:
            self._rows[series_policy] = len(self._rows)
            self._lay_out()
        return self._rows[series_policy]

    def _lay_out(self) -> None:
        rows = self._rows
        self._maintenance = {row: Maintenance(each.maintenance) for each, row in rows.items() if each.maintenance}
        self.table = np.array([_columns(series_policy) for series_policy in rows], TREATMENT)
        for name in TREATMENT.names or ():
            setattr(self, name, self.table[name])

    def must_last(self, rows: Int32) -> Bool:
        """Check which policies need a minimum duration."""
        asks: Bool = (self.for_ms[rows] > 0) | (self.for_points[rows] > 1)
        return asks

    def in_maintenance(self, rows: Int32, timestamps_ms: Int64) -> Bool:
        """Check which times lie in their policy's maintenance."""
        within = np.zeros(len(rows), np.bool_)
        for row, maintenance in self._maintenance.items():
            at = np.flatnonzero(rows == row)
            within[at] = maintenance.covers(timestamps_ms[at])
        return within
