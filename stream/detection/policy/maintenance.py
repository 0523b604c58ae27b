"""Maintenance windows, neither scored nor learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from stream.detection.arrays import Bool, Int64

DAY_MS: Final = 86_400_000
MARGIN_MS: Final = 7 * DAY_MS
"""Time around the points in hand for which windows are worked out as well, so that this is rare."""


@dataclass(frozen=True, slots=True)
class OneOffWindow:
    """A window between two times, end excluded; ms since the epoch."""

    start_ms: int
    end_ms: int

    def spans_ms(self, _first_ms: int, _last_ms: int) -> Iterator[tuple[int, int]]:
        """Return the window."""
        yield self.start_ms, self.end_ms


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A window on some days of every week.

    Attributes
    ----------
    days : tuple of int
        On which it begins, Monday is 0.
    start, end : time
        On the clocks of the zone; one that ends no later than it begins ends on the next day.
    zone : str
        Name in the time zone database.
    """

    days: tuple[int, ...]
    start: time
    end: time
    zone: str

    def spans_ms(self, first_ms: int, last_ms: int) -> Iterator[tuple[int, int]]:
        """Return the windows that overlap a time range."""
        zone = ZoneInfo(self.zone)
        day = _local_date(first_ms, zone) - timedelta(days=1)
        last = _local_date(last_ms, zone)
        while day <= last:
            if day.weekday() in self.days:
                until = day if self.end > self.start else day + timedelta(days=1)
                yield _to_ms(day, self.start, zone), _to_ms(until, self.end, zone)
            day += timedelta(days=1)


Window = OneOffWindow | WeeklyWindow


class Maintenance:
    """The windows of a series, all together.

    Parameters
    ----------
    windows : tuple of OneOffWindow or WeeklyWindow
    """

    def __init__(self, windows: tuple[Window, ...]) -> None:
        self._windows = windows
        self._first_ms, self._last_ms = 0, -1
        self._starts_ms, self._ends_ms = np.zeros((2, 0), np.int64)

    def covers(self, timestamps_ms: Int64) -> Bool:
        """Check which times lie in a window, its end excluded."""
        if len(timestamps_ms) == 0:
            return np.zeros(0, np.bool_)
        first_ms, last_ms = int(timestamps_ms.min()), int(timestamps_ms.max())
        if not self._first_ms <= first_ms <= last_ms <= self._last_ms:
            self._work_out(first_ms - MARGIN_MS, last_ms + MARGIN_MS)
        at = np.searchsorted(self._starts_ms, timestamps_ms, "right")
        within: Bool = timestamps_ms < self._ends_ms[at]
        return within

    def _work_out(self, first_ms: int, last_ms: int) -> None:
        """List the windows of a time range, overlaps merged."""
        self._first_ms, self._last_ms = first_ms, last_ms
        spans = sorted(span for window in self._windows for span in window.spans_ms(first_ms, last_ms))
        starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
        self._starts_ms = starts
        self._ends_ms = np.maximum.accumulate(np.concatenate([[np.iinfo(np.int64).min], ends]))


def _local_date(timestamp_ms: int, zone: ZoneInfo) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp_ms)).astimezone(zone).date()


def _to_ms(day: date, clock: time, zone: ZoneInfo) -> int:
    """Convert local clock time to ms since the epoch.

    A skipped time counts as if the clocks had not changed.
    """
    return round(datetime.combine(day, clock, zone).timestamp() * 1000)
