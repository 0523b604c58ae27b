"""Policies of series, as a table of those in use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Bool, Int32, Int64, Records, UInt8
from stream.detection.field import Cells, FieldColumns, fields_of, flag, layout_of, number, real, whole
from stream.detection.policy.budget import UNDECIDED, Budget
from stream.detection.policy.expected import ExpectedAnomaly
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
    caution : float
        How many times as rare as its budget asks its false alarms are to be.
    expected : tuple of ExpectedAnomaly
        Anomalies that recur and are not published.
    learn_ms : int
        Event time before which no open episode may have begun: one that has is closed, and the series begins anew.
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
    caution: float = 1.0
    expected: tuple[ExpectedAnomaly, ...] = ()
    learn_ms: int = 0


class SeriesPolicyFields:
    """A row of the table of policies."""

    min_deviation = real("How far off an anomaly is at least, in the metric's unit; 0 lets all count.")
    min_deviation_share = real("The same as a share of what was expected.")
    minimum = real("The least that the series can show.")
    maximum = real("The most that it can show.")
    false_alarm_s = real("Seconds for which it may alarm once for nothing; NaN leaves it to the settings.")
    false_alarm_points = real("The same in points.")
    caution = real("How many times as rare as the budget asks false alarms are to be.")
    silent_after = real("Usual intervals without a point after which it is stale; NaN leaves it to the settings.")
    for_ms = whole("How long an anomaly has to last before its episode opens.")
    for_points = whole("The same in points.")
    learn_ms = whole("Event time before which no open episode may have begun; 0 for none.")
    transform = number(np.uint8, "Its `Transform`.")
    direction = number(np.int8, "Which way an anomaly has to go to count: `Direction`.")
    counters = flag("Whether a series that proves to be a counter is scored by its rate.")


SERIES_POLICY: Final = layout_of(fields_of(SeriesPolicyFields))


class SeriesPolicyRow(SeriesPolicyFields, Cells):
    """A row of such a table as compiled code sees it."""


def _fields(series_policy: SeriesPolicy) -> dict[str, float]:
    """Return a policy as the fields of its row."""
    budget, silent_after = series_policy.false_alarms or UNDECIDED, series_policy.silent_after
    same = ("min_deviation", "min_deviation_share", "minimum", "maximum", "transform", "direction", "counters")
    return {name: getattr(series_policy, name) for name in (*same, "caution", "learn_ms")} | {
        "false_alarm_s": budget.period_s,
        "false_alarm_points": budget.points,
        "silent_after": math.nan if silent_after is None else silent_after,
        "for_ms": series_policy.lasting.ms,
        "for_points": series_policy.lasting.points,
    }


class PolicyTable(SeriesPolicyFields, FieldColumns):
    """Policies in use, as columns; row 0 is the default.

    A slot of the state holds the number of its row, so that a batch reads its fields at once:
    `series_policies.transform[state.series_policy[slots]]`.

    Attributes
    ----------
    table : structured array of `SERIES_POLICY`, shape (rows,)
        All fields side by side.
    """

    table: Records

    def __init__(self) -> None:
        self._rows: dict[SeriesPolicy, int] = {SeriesPolicy(): 0}
        self._lay_out()

    def __len__(self) -> int:
        """Count the rows; with one, nothing needs a lookup."""
        return len(self._rows)

    def rows(self, series_policies: Sequence[SeriesPolicy]) -> list[int]:
        """Return the row of each policy, added if new."""
        n_before = len(self._rows)
        found = [self._rows.setdefault(series_policy, len(self._rows)) for series_policy in series_policies]
        if len(self._rows) > n_before:
            self._lay_out()
        return found

    def _lay_out(self) -> None:
        rows = self._rows
        self._maintenance = {row: Maintenance(each.maintenance) for each, row in rows.items() if each.maintenance}
        self._expected = {row: each.expected for each, row in rows.items() if each.expected}
        self.table = np.zeros(len(rows), SERIES_POLICY)
        for at, series_policy in enumerate(rows):
            for name, value in _fields(series_policy).items():
                self.table[name][at] = value
        for name in SERIES_POLICY.names or ():
            setattr(self, name, self.table[name])

    def in_maintenance(self, rows: Int32, timestamps_ms: Int64) -> Bool:
        """Check which times lie in their policy's maintenance."""
        within = np.zeros(len(rows), np.bool_)
        for row, maintenance in self._maintenance.items():
            at = np.flatnonzero(rows == row)
            within[at] = maintenance.covers(timestamps_ms[at])
        return within

    def expected_kinds(self, rows: Int32, timestamps_ms: Int64) -> UInt8:
        """Return the kinds expected then: bit n for kind n."""
        kinds = np.zeros(len(rows), np.uint8)
        for row, anomalies in self._expected.items():
            at = np.flatnonzero(rows == row)
            for each in anomalies if len(at) else ():
                kinds[at] |= np.where(each.covers(timestamps_ms[at]), np.uint8(1 << each.kind), np.uint8(0))
        return kinds
