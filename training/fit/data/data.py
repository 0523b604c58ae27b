"""The data of a fit: read once, audited, cleaned, and kept on the disk until the fit is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.history.source import HistorySource
from training.files import write_whole
from training.fit.data.account import Account, Report, read
from training.fit.data.audit import Audit
from training.fit.data.point_store import PointWriter
from training.fit.data.series import Series, examine
from training.fit.plan import DataPlan

FILE = "data.json"


@dataclass(frozen=True, slots=True)
class Data:
    """What there is to learn from.

    Attributes
    ----------
    accounts : list of Account
        What each source gave.
    audits : list of Audit
        Of every series, by name.
    series : Series
        Those that are used; possibly none.
    identity : dict
        Plain JSON that identifies this data; see `training.fit.gathering.identify`.
    """

    accounts: list[Account]
    audits: list[Audit]
    series: Series
    identity: dict[str, object]

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
