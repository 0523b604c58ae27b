"""Points of a source, counted while they go to the point store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from stream.history.source import HistorySource
from training.fit.data.point_store import PointWriter

Report = Callable[[int, int], None]
"""Receives again and again how much is done, in the units of the source's size, and the points so far."""


@dataclass(frozen=True, slots=True)
class Account:
    """Points of a source.

    Attributes
    ----------
    source : str
        File, or topic with its range.
    n_points : int
        Points with a value.
    n_missing : int
        Rows without one.
    n_bad : int
        Rows and messages that cannot be read and were left out.
    """

    source: str
    n_points: int
    n_missing: int = 0
    n_bad: int = 0

    def to_json(self) -> dict[str, object]:
        """Return every number by its name."""
        return asdict(self)


@dataclass(slots=True)
class StoreSink:
    """Puts the points of a source into the point store, each feature as a series of its own, as in the worker.

    Attributes
    ----------
    n_points, n_missing, n_bad : int
        As in `Account`.
    """

    writer: PointWriter
    n_points: int = 0
    n_missing: int = 0
    n_bad: int = 0

    def add(
        self, series: str, timestamps_ms: Sequence[int], values: Sequence[float], features: tuple[str, ...] = ()
    ) -> None:
        """Take points of one series, their values row by row."""
        self.n_points += len(values)
        for i, number in enumerate(self._numbers(series, features)):
            self.writer.add(number, timestamps_ms, values[i :: max(1, len(features))])

    def add_missing(self, series: str, n_rows: int, features: tuple[str, ...] = ()) -> None:
        """Count rows without a value; those of no series count for none."""
        self.n_missing += n_rows
        for number in self._numbers(series, features) if series else ():
            self.writer.add_missing(number, n_rows)

    def add_bad(self, n_bad: int) -> None:
        """Count rows or messages that cannot be read."""
        self.n_bad += n_bad

    def _numbers(self, series: str, features: tuple[str, ...]) -> list[int]:
        return [self.writer.number(feature_series(series, feature)) for feature in features or ("",)]


def read(source: HistorySource, writer: PointWriter, report: Report) -> Account:
    """Put every point of a source into the point store.

    Raises
    ------
    StreamgaugeError
        If it cannot be read in the given format.
    """
    sink = StoreSink(writer)
    source.read(sink, lambda done: report(done, sink.n_points))
    return Account(source.name, sink.n_points, sink.n_missing, sink.n_bad)


def feature_series(series: str, feature: str) -> str:
    """Name the series that one feature is, as `watch` writes it; without a feature it is the series itself."""
    return f"{series} \u00b7 {feature}" if feature else series
