"""Points from a CSV file, one row at a time, however long the file is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import chain
from typing import NamedTuple, TextIO

from stream.errors import DataError
from stream.formats.limits import LATEST_MS, refused_timestamp, refused_value
from stream.formats.reasons import excerpt
from stream.formats.written_time import TimestampReader, timestamp_reader

BYTE_ORDER_MARK = "\ufeff"
DELIMITERS = ",;\t|"
MAX_LINE_LENGTH = 1_000_000
"""Characters of a line; a file without line ends would otherwise be read into memory whole."""

KNOWN_NAMES = {
    "timestamp": ("timestamp", "time", "datetime", "date", "ts"),
    "value": ("value", "val", "y"),
    "series": ("series", "key", "metric", "name"),
}
"""Names, in lower case, by which a column is known when none is given."""

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
"""Values, in lower case, that say that there is none: no point, and no error either."""


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How a file is to be read; what is None is told from its first lines.

    Attributes
    ----------
    timestamp_column, value_column, series_column : str or None
        Name in the header line, or number counted from 1.
    series : str or None
        Series of all rows; wins over a column.
    timestamp_format : str or None
        See `timestamp_reader`.
    timezone : tzinfo
        Meaning of a time without an offset.
    """

    timestamp_column: str | None = None
    value_column: str | None = None
    series_column: str | None = None
    series: str | None = None
    timestamp_format: str | None = None
    timezone: tzinfo = UTC


class Row(NamedTuple):
    """One point of a file; the time is milliseconds since the epoch."""

    series: str
    timestamp_ms: int
    value: float


class _Columns(NamedTuple):
    """Where the parts of a point stand in a row, counted from 0; `series` may also be the name that all rows share."""

    timestamp: int
    value: int
    series: int | str

    def last(self) -> int:
        """Give the last column that a row must have."""
        return max(self.timestamp, self.value, self.series if isinstance(self.series, int) else 0)


class CsvReader:
    """Reads a CSV file as points; iterate over it, once.

    Parameters
    ----------
    file : TextIO
        Open for reading, with `newline=""`.
    name : str
        Of the file, for messages.
    csv_format : CsvFormat
    default_series : str or None
        Series of all rows when the format names none and there is no column of series.

    Attributes
    ----------
    n_missing : int
        Rows read so far that have no value.

    Raises
    ------
    DataError
        While iterating, for anything that is no point; it names file, line, what was expected and what was found.
    """

    def __init__(self, file: TextIO, name: str, csv_format: CsvFormat, default_series: str | None = None) -> None:
        self._file = file
        self._name = name
        self._format = csv_format
        self._default_series = default_series
        self._line = 0
        self.n_missing = 0

    def __iter__(self) -> Iterator[Row]:
        """Give the rows in the order of the file."""
        rows = self._rows()
        first = next(rows, None)
        if first is None:
            raise DataError(f"{self._name} is empty: expected lines of timestamp and value")
        has_header = not any(_is_number(cell) for cell in first)
        columns = self._columns(first, has_header)
        read_timestamp: TimestampReader | None = None
        for row in rows if has_header else chain([first], rows):
            if len(row) <= columns.last():
                raise self._wrong(f"{len(first)} columns", f"{len(row)}")
            if read_timestamp is None:
                read_timestamp = timestamp_reader(
                    self._format.timestamp_format, self._format.timezone, row[columns.timestamp].strip()
                )
            value = self._value(row[columns.value].strip())
            if value is None:
                self.n_missing += 1
                continue
            timestamp_ms = self._timestamp_ms(row[columns.timestamp].strip(), read_timestamp)
            yield Row(self._series(row, columns), timestamp_ms, value)

    def _rows(self) -> Iterator[list[str]]:
        """Give the cells of each line that is not blank, and keep count of the lines."""
        try:
            lines = iter(self._read_line, "")
            first = next(lines, "").removeprefix(BYTE_ORDER_MARK)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
            for row in reader:
                self._line = reader.line_num
                if row:
                    yield row
        except UnicodeDecodeError as error:
            raise DataError(f"{self._name}, after line {self._line}: expected UTF-8, found {error.reason}") from error
        except csv.Error as error:
            raise DataError(f"{self._name}, after line {self._line}: expected CSV, but {error}") from error

    def _read_line(self) -> str:
        line = self._file.readline(MAX_LINE_LENGTH)
        if len(line) == MAX_LINE_LENGTH:
            raise DataError(f"{self._name}, after line {self._line}: no line end in {MAX_LINE_LENGTH} characters")
        return line

    def _columns(self, first: list[str], has_header: bool) -> _Columns:
        header = [cell.strip() for cell in first] if has_header else None
        timestamp = self._position("timestamp", self._format.timestamp_column, header, len(first))
        value = self._position("value", self._format.value_column, header, len(first))
        if timestamp is None or value is None:
            raise DataError(
                f"{self._name}: expected columns timestamp and value, found {excerpt(', '.join(first), 120)}; "
                "name them: --columns timestamp=NAME,value=NAME (or their numbers, from 1)"
            )
        if self._format.series is not None:
            return _Columns(timestamp, value, self._format.series)
        column = self._position("series", self._format.series_column, header, len(first))
        series = self._default_series if column is None else column
        if series is None:
            raise DataError(f"{self._name}: no column of series: name it, --columns series=NAME, or give one, --series")
        return _Columns(timestamp, value, series)

    def _position(self, part: str, column: str | None, header: Sequence[str] | None, n_columns: int) -> int | None:
        """Find a column by the name or number given, or else by the names it is known by."""
        if column is None:
            return _known_position(part, header, n_columns)
        if header is not None and column in header:
            return header.index(column)
        if column.isdecimal() and 1 <= int(column) <= n_columns:
            return int(column) - 1
        found = f"columns {excerpt(', '.join(header), 120)}" if header else f"{n_columns} columns without a header line"
        raise DataError(f"{self._name}: expected a column {column} for the {part}, found {found}")

    def _series(self, row: list[str], columns: _Columns) -> str:
        if isinstance(columns.series, str):
            return columns.series
        series = row[columns.series].strip()
        if not series:
            raise self._wrong("the name of a series", "an empty cell")
        return series

    def _value(self, cell: str) -> float | None:
        if cell.lower() in MISSING:
            return None
        if not _is_number(cell):
            raise self._wrong("a number as value", f"'{excerpt(cell, 60)}'")
        value = float(cell)
        if refused_value(value) is not None:
            raise self._wrong("a value of at most 1e18 in magnitude", f"'{excerpt(cell, 60)}'")
        return value

    def _timestamp_ms(self, cell: str, read_timestamp: TimestampReader) -> int:
        found = f"'{excerpt(cell, 60)}'"
        try:
            timestamp_ms = read_timestamp(cell)
        except (ValueError, OverflowError) as error:
            form = self._format.timestamp_format or "of the first row (or else ISO 8601)"
            raise self._wrong(
                f"a timestamp of the form {form}", f"{found}; --timestamp-format tells how to read it"
            ) from error
        if refused_timestamp(timestamp_ms, LATEST_MS) is not None:
            raise self._wrong(
                "a timestamp between the years 1971 and 9999",
                f"{found}, read as {timestamp_ms} ms since 1970; --timestamp-format tells how to read it",
            )
        return timestamp_ms

    def _wrong(self, expected: str, found: str) -> DataError:
        return DataError(f"{self._name}, line {self._line}: expected {expected}, found {found}")


def _known_position(part: str, header: Sequence[str] | None, n_columns: int) -> int | None:
    if header is None:
        return {"timestamp": 0, "value": 1}.get(part) if n_columns == 2 else None
    names = [cell.lower() for cell in header]
    return next((names.index(name) for name in KNOWN_NAMES[part] if name in names), None)


def _is_number(cell: str) -> bool:
    """Say whether a cell is a number; Python's own reading also takes the underscores of its source code."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
