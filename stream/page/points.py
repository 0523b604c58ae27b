"""Scored points of one series as columns, and packed for the store."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from math import isnan
from typing import Final, NamedTuple, Self, get_args

import numpy as np
from msgspec import UNSET

from stream.detection.arrays import Float64, Int64, UInt8
from stream.events.episodes import ScoredPoint, ScoreState

STATES: Final[tuple[ScoreState, ...]] = get_args(ScoreState)
"""States of a point by their number; new ones are appended, as numbers are stored."""


N_NUMBERS: Final = 5
"""Value, expected, lower, upper and score."""

_ROW: Final = np.dtype([("time", "<i8"), ("value", "<f8"), ("rest", "<f4", 4), ("state", "u1")])
_FASTEST: Final = 1
_NAN: Final = float("nan")


class PointColumns(NamedTuple):
    """Points of a series in the order of their times."""

    times_ms: Int64
    """Shape (rows,). Event times."""
    numbers: Float64
    """Shape (5, rows). Value, expected, lower, upper and score; NaN where there is none. Under `rate` the value is the
    rate, which is what was scored."""
    states: UInt8
    """Shape (rows,). Indices into `STATES`."""

    @classmethod
    def joined(cls, parts: Sequence[PointColumns]) -> PointColumns:
        """Join points that follow each other."""
        times, numbers, states = zip(EMPTY, *parts, strict=True)
        return cls(np.concatenate(times), np.concatenate(numbers, axis=1), np.concatenate(states))

    @property
    def values(self) -> Float64:
        """What was scored, shape (rows,)."""
        values: Float64 = self.numbers[0]
        return values

    @property
    def scores(self) -> Float64:
        """Scores, shape (rows,)."""
        scores: Float64 = self.numbers[4]
        return scores

    def between(self, start_ms: int, end_ms: int) -> PointColumns:
        """Return the points from a time to another, both included."""
        first = int(np.searchsorted(self.times_ms, start_ms))
        end = int(np.searchsorted(self.times_ms, end_ms, side="right"))
        return self.rows(slice(first, end))

    def rows(self, rows: slice | Int64) -> PointColumns:
        """Return some rows."""
        return PointColumns(self.times_ms[rows], self.numbers[:, rows], self.states[rows])

    def pack(self) -> bytes:
        """Pack into few bytes; all but times and values in single precision."""
        rows = np.empty(len(self.times_ms), _ROW)
        rows["time"] = np.diff(self.times_ms, prepend=0)
        rows["value"], rows["rest"], rows["state"] = self.values, self.numbers[1:].T, self.states
        # Bytes of the same place in each row are alike: side by side they compress better.
        return zlib.compress(rows.view(np.uint8).reshape(len(rows), _ROW.itemsize).T.tobytes(), _FASTEST)

    @classmethod
    def unpack(cls, packed: bytes) -> PointColumns:
        """Unpack what `pack` returned."""
        columns = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(_ROW.itemsize, -1)
        rows = np.ascontiguousarray(columns.T).reshape(-1).view(_ROW)
        numbers = np.concatenate([rows["value"][None], rows["rest"].T.astype(np.float64)])
        return cls(np.cumsum(rows["time"]), numbers, rows["state"].copy())


EMPTY: Final = PointColumns(np.empty(0, np.int64), np.empty((N_NUMBERS, 0)), np.empty(0, np.uint8))


class Tail:
    """The newest points of a series, in memory.

    Attributes
    ----------
    is_changed : bool
        Whether points came that the store does not have yet.
    """

    __slots__ = ("_columns", "_states", "_times", "is_changed")

    def __init__(self) -> None:
        self._times = array("q")
        self._columns = tuple(array("d") for _ in range(N_NUMBERS))
        self._states = bytearray()
        self.is_changed = False

    @classmethod
    def of(cls, points: PointColumns) -> Self:
        """Begin with points that were kept."""
        tail = cls()
        tail._times.extend(points.times_ms.tolist())
        for column, values in zip(tail._columns, points.numbers, strict=True):
            column.extend(values.tolist())
        tail._states.extend(points.states.tobytes())
        return tail

    def __len__(self) -> int:
        """Count the points."""
        return len(self._times)

    @property
    def last_ms(self) -> int | None:
        """Event time of the newest point."""
        return self._times[-1] if self._times else None

    @property
    def first_ms(self) -> int:
        """Event time of the oldest point that is in memory."""
        return self._times[0]

    def append(self, point: ScoredPoint) -> bool:
        """Add a point; return False for a repeat or a late one."""
        if self._times and point.timestamp <= self._times[-1]:
            return False
        value = point.value if point.rate is UNSET else point.rate
        self._times.append(point.timestamp)
        numbers = (value, point.expected, point.lower, point.upper, point.score)
        for column, number in zip(self._columns, numbers, strict=True):
            column.append(_NAN if number is None else number)
        self._states.append(STATES.index(point.state))
        self.is_changed = True
        return True

    def drop(self, n_points: int) -> None:
        """Forget the oldest points."""
        del self._times[:n_points], self._states[:n_points]
        for column in self._columns:
            del column[:n_points]

    def points(self) -> PointColumns:
        """Copy the points."""
        numbers = np.array(self._columns, np.float64).reshape(N_NUMBERS, -1)
        return PointColumns(np.array(self._times, np.int64), numbers, np.array(self._states, np.uint8))

    def last_values(self, last: int) -> list[float]:
        """Return the newest values, for a sparkline."""
        return self._columns[0][-last:].tolist()

    def highest_score(self, last: int) -> float:
        """Return the highest of the newest scores; 0 without one."""
        return max((score for score in self._columns[4][-last:] if not isnan(score)), default=0.0)

    def latest_value(self) -> float | None:
        """Return the newest value, None without one."""
        return _number(self._columns[0])

    def latest_score(self) -> float | None:
        """Return the newest score, None without one."""
        return _number(self._columns[4])

    @property
    def state(self) -> ScoreState | None:
        """State of the newest point."""
        return STATES[self._states[-1]] if self._states else None


def _number(column: array[float]) -> float | None:
    return None if not column or isnan(column[-1]) else column[-1]
