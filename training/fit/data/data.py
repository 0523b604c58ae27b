"""The data of a fit: read once, audited, cleaned, and kept on the disk until the fit is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from stream.events.text import display_name
from stream.history.points import HistorySource
from training.files import write_whole
from training.fit.data.audit import Audit
from training.fit.data.point_store import PointWriter
from training.fit.data.series import Series, examine
from training.fit.plan import DataPlan

Report = Callable[[int, int], None]
"""Receives again and again how much is done, in the units of the source's size, and the points so far."""

FILE = "data.json"


@dataclass(frozen=True, slots=True)
class Account:
    """Points of a source."""

    source: str
    """File, or topic with its range."""
    n_points: int
    """Points with a value."""
    n_missing: int = 0
    """Rows without one."""
    n_bad: int = 0
    """Rows and messages that cannot be read and were left out."""

    def to_json(self) -> dict[str, object]:
        """Return every number by its name."""
        return asdict(self)


@dataclass(slots=True)
class StoreSink:
    """Puts the points of a source into the point store, each feature as a series of its own, as in the worker."""

    writer: PointWriter
    n_points: int = 0
    n_missing: int = 0
    n_bad: int = 0
    """As in `Account`."""

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
        return [self.writer.number(display_name(series, feature)) for feature in features or ("",)]


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


@dataclass(frozen=True, slots=True)
class Data:
    """What there is to learn from."""

    accounts: list[Account]
    """What each source gave."""
    audits: list[Audit]
    """Of every series, by name."""
    series: Series
    """Those that are used; possibly none."""
    identity: dict[str, object]
    """Plain JSON that identifies this data; see `training.fit.gathering.identify`."""

    @property
    def n_usable(self) -> int:
        """Count the series that nothing rules out; beyond a bound of points the seed chooses among them."""
        return sum(found.ruled_out is None for found in self.audits)

    @classmethod
    def gather(
        cls,
        sources: list[HistorySource],
        folder: Path,
        plan: DataPlan,
        identity: dict[str, object],
        watch: Callable[[HistorySource], Report],
    ) -> Data:
        """Read the sources, one after the other, and look at every series.

        Parameters
        ----------
        folder : Path
            For the points; must exist.
        watch : callable
            Gives what receives the progress of a source.
        """
        writer = PointWriter(folder)
        accounts = [read(source, writer, watch(source)) for source in sources]
        store = writer.finish()
        audits, series = examine(store, folder, plan.least_points)
        store.path.unlink(missing_ok=True)
        return cls(accounts, audits, series.choose(plan.seed) if len(series) else series, identity)

    def save(self, folder: Path) -> None:
        """Keep what `load` needs beside the points."""
        document = {
            "identity": self.identity,
            "accounts": [account.to_json() for account in self.accounts],
            "audits": [{key: value for key, value in a.to_json().items() if key != "remarks"} for a in self.audits],
            "series": [self.series.names, self.series.starts.tolist(), self.series.counts.tolist()],
        }
        write_whole(folder / FILE, json.dumps(document).encode())

    @classmethod
    def load(cls, folder: Path, identity: dict[str, object]) -> Data | None:
        """Return what was saved with the same identity; None where there is nothing of the kind."""
        path = folder / FILE
        document = json.loads(path.read_bytes()) if path.exists() else {}
        if document.get("identity") != identity:
            return None
        names, starts, counts = document["series"]
        series = Series(folder / "cleaned.bin", names, np.array(starts, np.int64), np.array(counts, np.int64))
        accounts = [Account(**account) for account in document["accounts"]]
        return cls(accounts, [Audit(**found) for found in document["audits"]], series, identity)


def discard(folder: Path) -> None:
    """Forget the points in a folder, first of all that they are whole: a kill in between leaves nothing to load."""
    (folder / FILE).unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
