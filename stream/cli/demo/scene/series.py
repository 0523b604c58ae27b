"""A series to publish: scripted, or from a user's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from stream.errors import DataError
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader, Row


class DemoSeries(NamedTuple):
    """Points of one series in the order of time."""

    name: str
    timestamps_ms: list[int]
    """Milliseconds since the epoch."""
    values: list[float]

    @classmethod
    def from_csv(cls, path: Path) -> Self:
        """Read a CSV file with timestamp and value columns.

        The series is named like the file.

        Raises
        ------
        DataError
            If the file cannot be read, or holds no points.
        """
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = sorted(CsvReader(file, str(path), CsvFormat(series=path.stem)))
        except OSError as error:
            raise DataError(f"{path}: expected a readable CSV file, found: {error.strerror}") from error
        if not rows:
            raise DataError(f"{path}: expected points, found none")
        return cls.of_rows(path.stem, rows)

    @classmethod
    def of_rows(cls, name: str, rows: Sequence[Row]) -> Self:
        """Take the points of rows."""
        return cls(name, [row.timestamp_ms for row in rows], [row.value for row in rows])


def in_slices(series: Sequence[DemoSeries], n_slices: int) -> Iterator[list[Row]]:
    """Cut all series into as many slices each.

    Series of different years then run side by side.

    Yields
    ------
    list of Row
        The next slice of every series, in the order of time.
    """
    for i in range(n_slices):
        rows: list[Row] = []
        for name, timestamps_ms, values in series:
            part = slice(i * len(values) // n_slices, (i + 1) * len(values) // n_slices)
            rows += map(Row, [name] * len(values), timestamps_ms[part], values[part])
        yield sorted(rows, key=lambda row: row.timestamp_ms)
