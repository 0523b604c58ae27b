"""Sources of stored points, and the sinks that take them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Report = Callable[[int], None]
"""Receives again and again how much has been read, in the units of the source's size."""


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
