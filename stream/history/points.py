"""Past points by series, 16 bytes per plain point."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Report = Callable[[int], None]
"""Receives again and again how much has been read, in the units of the source's size."""

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


class Sink(Protocol):
    """Takes what a source reads."""

    def add(
        self, series: str, timestamps_ms: Sequence[int], values: Sequence[float], features: tuple[str, ...] = ()
    ) -> None:
        """Take points of one series, their values row by row."""
        ...

    def add_missing(self, series: str, n_rows: int, features: tuple[str, ...] = ()) -> None:
        """Count rows without a value; their series is empty where the row does not name it."""
        ...

    def add_bad(self, n_bad: int) -> None:
        """Count rows or messages that were left out because they cannot be read."""
        ...


class HistorySource(Protocol):
    """Something that holds stored points."""

    @property
    def name(self) -> str:
        """Name for people: file, topic or address."""
        ...

    @property
    def size(self) -> int:
        """Total to read: bytes, rows, messages or queries."""
        ...

    def read(self, sink: Sink, report: Report) -> None:
        """Read every point into a sink.

        Raises
        ------
        StreamgaugeError
            If it cannot be read in the given format.
        """
        ...


@dataclass(slots=True)
class SeriesHistory:
    """The points of one series as they were read."""

    series: str
    features: tuple[str, ...]
    """Empty for plain numbers."""
    timestamps_ms: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    """Row by row, a value a feature."""

    def ordered(self) -> tuple[Int64, Float64]:
        """Return the points in time order, duplicates dropped.

        Returns
        -------
        timestamps_ms : int64, shape (points,)
        values : float64, shape (points, features)
        """
        times = np.frombuffer(self.timestamps_ms, np.int64)
        values = np.frombuffer(self.values, np.float64).reshape(len(times), -1)
        distinct, first = np.unique(times, return_index=True)
        return distinct, values[first]


class History:
    """Points of many series.

    Attributes
    ----------
    n_missing : int
        Rows without a value, and samples that are no finite number.
    n_bad : int
        Rows of a file and messages of a topic that cannot be read and were left out.
    """

    def __init__(self) -> None:
        self.n_missing = self.n_bad = 0
        self._series: dict[tuple[str, tuple[str, ...]], SeriesHistory] = {}

    def __iter__(self) -> Iterator[SeriesHistory]:
        """Iterate over the series by name."""
        return iter([self._series[key] for key in sorted(self._series)])

    def __len__(self) -> int:
        """Count the points read."""
        return sum(len(series.timestamps_ms) for series in self._series.values())

    def add(
        self, series: str, timestamps_ms: Sequence[int], values: Sequence[float], features: tuple[str, ...] = ()
    ) -> None:
        """Add points of one series, values row by row."""
        found = self._series.setdefault((series, features), SeriesHistory(series, features))
        found.timestamps_ms.extend(timestamps_ms)
        found.values.extend(values)

    def add_missing(self, series: str, n_rows: int, features: tuple[str, ...] = ()) -> None:
        """Count rows without a value, whatever their series."""
        self.n_missing += n_rows

    def add_bad(self, n_bad: int) -> None:
        """Count rows or messages that cannot be read."""
        self.n_bad += n_bad
