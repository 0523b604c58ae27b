"""The points of a fit, read and audited, or those that a killed fit had read; TensorFlow is not loaded before that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stream.formats.csv.columns import CsvFormat
from stream.history.csv_file import CsvFile
from stream.history.parquet_file import ParquetFile
from stream.history.points import HistorySource
from stream.history.topic import open_topic
from stream.kafka.topics.offset_range import Moment
from stream.settings.settings import Settings
from training.fit.data.data import Data, discard
from training.fit.output_paths import OutputPaths
from training.fit.plan import DataPlan
from training.fit.report.screen import Screen
from training.loop import checkpoint

PARQUET = {".parquet", ".pq"}
"""Suffixes, in lower case, of files that are not CSV."""

NOT_COMPARED = {"n_epochs", "patience"}
"""Numbers of the plan that may differ when a killed fit is taken up again."""


@dataclass(frozen=True, slots=True)
class Request:
    """Files, or a range of a topic."""

    files: tuple[Path, ...]
    """Empty for a topic."""
    csv_format: CsvFormat
    """Of the files' columns."""
    topic: str | None
    start: tuple[str, Moment]
    end: tuple[str, Moment]
    """Ends of the range as they were written, and what that means now."""
    settings: Settings
    """Of the connection."""

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


def gather(request: Request, plan: DataPlan, paths: OutputPaths, fresh: bool, screen: Screen) -> Data:
    """Read and audit the points, or take those that a killed fit of the same request had read.

    Points of a topic, which moves on, are taken only together with a checkpoint.

    Parameters
    ----------
    paths : OutputPaths
        Claimed.
    fresh : bool
        Forget what a killed fit left.

    Raises
    ------
    TrainingError
        If the checkpoint is of another fit; it and its points stay as they are.
    StreamgaugeError
        If the points cannot be read, with the reason.
    """
    if fresh:
        forget(paths)
    identity = identify(plan, request)
    has_begun = checkpoint.read(paths.logdir, identity) is not None
    data = Data.load(paths.points, identity) if has_begun or request.topic is None else None
    if data is None:
        data = _read(request, plan, paths, identity, screen)
    else:
        screen.message(f"going on with the points that were read before, in {paths.points}")
    screen.show_data(data.accounts, data.audits)
    return data


def _read(request: Request, plan: DataPlan, paths: OutputPaths, identity: dict[str, object], screen: Screen) -> Data:
    """Read and audit, and keep the points if something can be learned from them."""
    discard(paths.points)
    paths.points.mkdir(parents=True)
    try:
        with request.open(screen.message) as sources, screen.reading() as watch:
            data = Data.gather(sources, paths.points, plan, identity, watch)
    except BaseException:
        discard(paths.points)
        raise
    if data.n_usable:
        data.save(paths.points)
    else:
        discard(paths.points)
    return data


def identify(plan: DataPlan, request: Request) -> dict[str, object]:
    """Identify a fit by its request and plan."""
    settings = {name: value for name, value in plan.to_json().items() if name not in NOT_COMPARED}
    return {**settings, **request.to_json()}


def forget(paths: OutputPaths) -> None:
    """Remove what a fit leaves for the one that goes on from it."""
    checkpoint.discard(paths.logdir)
    discard(paths.points)
