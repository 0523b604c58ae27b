"""The request: which points are wanted, in the words of the command line, so that a killed fit knows its own again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stream.formats.csv.columns import CsvFormat
from stream.history.csv_file import CsvFile
from stream.history.parquet_file import ParquetFile
from stream.history.source import HistorySource
from stream.history.topic import open_topic
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings

PARQUET = {".parquet", ".pq"}
"""Suffixes, in lower case, of files that are not CSV."""


@dataclass(frozen=True, slots=True)
class Request:
    """Files, or a range of a topic.

    Attributes
    ----------
    files : tuple of Path
        Empty for a topic.
    csv_format : CsvFormat
        Of the files' columns.
    start, end : (str, SeasonalDeviation)
        Ends of the range as they were written, and what that means now.
    settings : Settings
        Of the connection.
    """

    files: tuple[Path, ...]
    csv_format: CsvFormat
    topic: str | None
    start: tuple[str, Moment]
    end: tuple[str, Moment]
    settings: Settings

    def to_json(self) -> dict[str, object]:
        """Return the request as plain JSON.

        Files are given with size and time of change; a range by its words, not its moment.
        """
        if self.topic is not None:
            return {"topic": self.topic, "from": self.start[0], "to": self.end[0], "brokers": self.settings.brokers}
        files = [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in self.files]
        return {"files": files, "format": repr(self.csv_format)}

    @contextmanager
    def open(self, log: Callable[[str], None]) -> Iterator[list[HistorySource]]:
        """Return the sources; what they need stays open within the context.

        Parameters
        ----------
        log : callable
            Receives a line for each try while a broker is waited for.

        Raises
        ------
        StreamgaugeError
            If there is no such topic, no connection, or no message in the range.
        """
        if self.topic is None:
            yield [self._file(path) for path in self.files]
            return
        with open_topic(self.settings, self.topic, self.start[1], self.end[1], log) as source:
            yield [source]

    def _file(self, path: Path) -> HistorySource:
        reader = ParquetFile if path.suffix.lower() in PARQUET else CsvFile
        return reader(path, self.csv_format)
