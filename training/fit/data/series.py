"""The series that are used: audited, cleaned, chosen within a bound, on the disk; with the hash that names them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.errors import UnusableDataError
from training.files import writing
from training.fit.data.audit import Audit, Cleaned, audit, clean
from training.fit.data.point_store import KEPT, PointStore

N_MOST_POINTS = 100_000
"""Points of a series that are used, the newest: a year of 5-minute points. A series alone costs 1 to 2 ms a point."""

N_MOST_TOTAL = 2_000_000
"""Points of all series together: 144 MB of inputs on the disk, some minutes an epoch."""


@dataclass(frozen=True, slots=True)
class Series:
    """Cleaned series on the disk."""

    path: Path
    names: list[str]
    """Sorted."""
    starts: Int64
    counts: Int64
    """Shape (series,). Place of each series' first point, and its points."""

    def __len__(self) -> int:
        """Count the series."""
        return len(self.names)

    def points(self, i: int) -> tuple[Int64, Float64]:
        """Read the times (ms) and values of a series."""
        offset = int(self.starts[i]) * KEPT.itemsize
        points = np.fromfile(self.path, KEPT, int(self.counts[i]), offset=offset)
        return points["timestamp_ms"].copy(), points["value"].copy()

    def choose(self, seed: int, n_most: int = N_MOST_TOTAL) -> Series:
        """Keep as many whole series as `n_most` points allow, at least one; which ones the seed decides."""
        order = np.random.default_rng(seed).permutation(len(self))
        total = np.cumsum(self.counts[order])
        kept = sorted(order[: max(1, int(np.searchsorted(total, n_most, "right")))])
        return Series(self.path, [self.names[i] for i in kept], self.starts[kept], self.counts[kept])

    def fingerprint(self) -> str:
        """Hash names, times and values: SHA-256, 64 hexadecimal digits. Equal data have it whatever file held them."""
        digest = sha256()
        for i, name in enumerate(self.names):
            encoded = name.encode()
            digest.update(f"{len(encoded)}:".encode() + encoded + f":{self.counts[i]}:".encode())
            timestamps_ms, values = self.points(i)
            digest.update(timestamps_ms.astype("<i8").tobytes() + values.astype("<f8").tobytes())
        return digest.hexdigest()


def examine(store: PointStore, folder: Path, n_least: int) -> tuple[list[Audit], Series]:
    """Audit every series and put those that can be used onto the disk, one series in memory at a time.

    Parameters
    ----------
    folder : Path
        For the file of cleaned points.
    n_least : int
        Points that a series must have.

    Returns
    -------
    audits : list of Audit
        By the name of the series.
    series : Series
        Possibly none.
    """
    audits, names, starts, counts = [], [], [], []
    path, n_written = folder / "cleaned.bin", 0
    with writing(path), path.open("wb") as file:
        for number, pieces in store.chunks():
            cleaned = clean(pieces, N_MOST_POINTS)
            found = audit(store.names[number], cleaned, int(store.n_missing[number]), n_least)
            audits.append(found)
            if found.ruled_out is None:
                file.write(_as_records(cleaned).tobytes())
                names.append(found.series)
                starts.append(n_written)
                counts.append(found.n_points)
                n_written += found.n_points
    order = sorted(range(len(names)), key=names.__getitem__)
    series = Series(
        path, [names[i] for i in order], np.array(starts, np.int64)[order], np.array(counts, np.int64)[order]
    )
    return sorted(audits, key=lambda found: found.series), series


def require_usable(audits: list[Audit]) -> None:
    """Raise if no series is usable.

    Raises
    ------
    UnusableDataError
    """
    if any(found.ruled_out is None for found in audits):
        return
    if not audits:
        raise UnusableDataError("expected points, found none in what was read: nothing can be learned")
    reasons = [f"{found.series}: {found.ruled_out}" for found in audits[:3]]
    more = f"; and {len(audits) - 3:,} more" if len(audits) > 3 else ""
    raise UnusableDataError(
        f"none of {len(audits):,} series can be learned from: {'; '.join(reasons)}{more}; "
        "give more points, or smaller --held-out and --validation"
    )


def _as_records(cleaned: Cleaned) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    records = np.empty(len(cleaned.values), KEPT)
    records["timestamp_ms"], records["value"] = cleaned.timestamps_ms, cleaned.values
    return records
