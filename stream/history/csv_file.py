"""CSV files as a source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.file import read_csv_file
from stream.history.points import Report, Sink

REPORT_EVERY = 20_000
"""Rows from one report to the next."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file, read as `publish csv` does."""

    path: Path
    csv_format: CsvFormat

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def read(self, sink: Sink, report: Report) -> None:
        """Return every row that has its values."""
        features = self.csv_format.features
        with self.path.open("rb") as binary:
            reader = read_csv_file(binary, self.path, self.csv_format)
            for n_rows, row in enumerate(reader, 1):
                sink.add(row.series, (row.timestamp_ms,), row.values, features)
                if n_rows % REPORT_EVERY == 0:
                    report(binary.tell())
        for series, n_rows in reader.missing.items():
            sink.add_missing(series, n_rows, features)
        sink.add_bad(reader.n_bad)
        report(self.size)
