"""Columns of a CSV file and their roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal, NamedTuple

from stream.errors import DataError
from stream.formats.rejections import excerpt

KNOWN_NAMES = {
    "timestamp": ("timestamp", "time", "datetime", "date", "ts"),
    "value": ("value", "val", "y"),
    "series": ("series", "key", "metric", "name"),
}
"""Names, in lower case, by which a column is known when none is given."""


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Format of a CSV file; None means detect."""

    timestamp_column: str | None = None
    value_column: str | None = None
    series_column: str | None = None
    """Name in the header line, or number counted from 1."""
    features: tuple[str, ...] = ()
    """Columns, in place of the value's, that are the features of a point; each is called by what is given here."""
    series: str | None = None
    """Series of all rows; wins over a column."""
    timestamp_format: str | None = None
    """See `timestamp_reader`."""
    timezone: tzinfo = UTC
    """Meaning of a time without an offset."""
    decimal: Literal[".", ","] = "."
    """What separates the decimals of a value."""
    skip_bad: bool = False
    """Whether rows that are no points are counted and left out, instead of ending the reading."""


class Columns(NamedTuple):
    """Column numbers from 0; `series` may be a shared name."""

    timestamp: int
    values: tuple[int, ...]
    series: int | str

    def last(self) -> int:
        """Return the last column that a row needs."""
        return max(self.timestamp, *self.values, self.series if isinstance(self.series, int) else 0)


@dataclass(frozen=True, slots=True)
class FirstRow:
    """First row of a file, to find its columns."""

    cells: Sequence[str]
    is_header: bool
    """Whether the cells are the columns' names."""
    file: str
    """Name of the file, for messages."""

    def columns(self, csv_format: CsvFormat, default_series: str | None) -> Columns:
        """Find the columns of a format; `default_series` names all rows.

        Raises
        ------
        DataError
            If a column is not there; it names the file, what was expected and what was found.
        """
        timestamp = self._known("timestamp", csv_format.timestamp_column)
        values = tuple(self._named("feature", feature) for feature in csv_format.features)
        if not values:
            value = self._known("value", csv_format.value_column)
            values = () if value is None else (value,)
        if timestamp is None or not values:
            raise DataError(
                f"{self.file}: expected columns timestamp and value, found {excerpt(', '.join(self.cells), 120)}; "
                "name them: --columns timestamp=NAME,value=NAME (or their numbers, from 1)"
            )
        return Columns(timestamp, values, self._series(csv_format, default_series))

    def _series(self, csv_format: CsvFormat, default_series: str | None) -> int | str:
        if csv_format.series is not None:
            return csv_format.series
        column = self._known("series", csv_format.series_column)
        series = default_series if column is None else column
        if series is None:
            raise DataError(f"{self.file}: no column of series: name it, --columns series=NAME, or give one, --series")
        return series

    def _known(self, part: str, column: str | None) -> int | None:
        """Find a column by its given or known names."""
        if column is not None:
            return self._named(part, column)
        if not self.is_header:
            return {"timestamp": 0, "value": 1}.get(part) if len(self.cells) == 2 else None
        names = [cell.lower() for cell in self.cells]
        return next((names.index(name) for name in KNOWN_NAMES[part] if name in names), None)

    def _named(self, part: str, column: str) -> int:
        """Find a column by its name or its number."""
        if self.is_header and column in self.cells:
            return self.cells.index(column)
        if column.isdecimal() and 1 <= int(column) <= len(self.cells):
            return int(column) - 1
        names = f"columns {excerpt(', '.join(self.cells), 120)}"
        found = names if self.is_header else f"{len(self.cells)} columns without a header line"
        raise DataError(f"{self.file}: expected a column {column} for the {part}, found {found}")
