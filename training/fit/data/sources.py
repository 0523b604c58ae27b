"""The sources: where points come from, each read from its beginning to its end onto the spool."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from stream.formats.csv_columns import CsvFormat
from stream.formats.csv_points import CsvReader
from training.fit.data.point_store import Spool

REPORT_EVERY = 20_000
"""Rows of a CSV file from one report to the next."""

Report = Callable[[int, int], None]
"""Told again and again: how much is done, in the units of the source's size, and the points so far."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a source gave.

    Attributes
    ----------
    source : str
        File, or topic with its range.
    n_points : int
        Points with a value.
    n_missing : int
        Rows without one.
    n_bad_messages : int
        Messages that a worker would have put among the dead letters; 0 for a file, which ends at its first mistake.
    """

    source: str
    n_points: int
    n_missing: int = 0
    n_bad_messages: int = 0

    def to_json(self) -> dict[str, object]:
        """Give every number by its name."""
        return asdict(self)


class Source(Protocol):
    """Something that has points."""

    @property
    def name(self) -> str:
        """What the progress calls it."""
        ...

    @property
    def size(self) -> int:
        """How much there is to read: bytes, rows or messages."""
        ...

    def read(self, spool: Spool, report: Report) -> Account:
        """Put every point onto the spool.

        Raises
        ------
        DataError
            If it cannot be read as what it was said to be.
        """
        ...


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file, read as `streamgauge publish csv` reads it.

    Parameters
    ----------
    path : Path
    csv_format : CsvFormat
    """

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

    def read(self, spool: Spool, report: Report) -> Account:
        """Put every row that has its values onto the spool; each feature is a series of its own, as in the worker."""
        features = self.csv_format.features or ("",)
        n_rows = 0
        with self.path.open("rb") as binary:
            text = io.TextIOWrapper(binary, encoding="utf-8", newline="")
            reader = CsvReader(text, str(self.path), self.csv_format, default_series=self.path.stem)
            for n_rows, row in enumerate(reader, 1):
                for feature, value in zip(features, row.values, strict=True):
                    spool.add(spool.number(feature_series(row.series, feature)), row.timestamp_ms, value)
                if n_rows % REPORT_EVERY == 0:
                    report(binary.tell(), n_rows * len(features))
        report(self.size, n_rows * len(features))
        for series, n_missing in reader.missing.items():
            for feature in features if series else ():
                spool.add_missing(spool.number(feature_series(series, feature)), n_missing)
        return Account(str(self.path), n_rows * len(features), reader.n_missing)


def feature_series(series: str, feature: str) -> str:
    """Name the series that one feature is, as `watch` writes it; without a feature it is the series itself."""
    return f"{series} \u00b7 {feature}" if feature else series
