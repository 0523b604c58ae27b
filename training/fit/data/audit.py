"""The audit: what is wrong with each series, what is repaired and what rules it out, before the training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

from stream.detection.arrays import Float64, Int64

MOST_MISSING = 0.5
"""Share of points without a value from which a series is ruled out."""

OFF_INTERVAL = 0.1
"""Part of the usual interval by which a regular one may differ, as in the worker."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A series that can be learned from, and what was done to it."""

    timestamps_ms: Int64
    """Shape (points,). Strictly increasing."""
    values: Float64
    """Shape (points,). Finite."""
    n_late: int
    """Points that were read after a later one."""
    n_duplicates: int
    """Points left out since their time had been seen; as in the worker, the first that was read stays."""
    n_older: int
    """Points left out since there are enough newer ones."""


def clean(pieces: Iterable[tuple[Int64, Float64]], n_most: int) -> Cleaned:
    """Sort points and leave out repeated times and what is older than the newest `n_most`.

    However many points there are, a piece and the newest `n_most` points are in memory.

    Parameters
    ----------
    pieces : iterable of (int64, float64)
        Times in milliseconds and values, in the order in which they were read.
    """
    timestamps_ms, values = np.zeros(0, np.int64), np.zeros(0)
    newest, n_read, n_late, n_duplicates = -1, 0, 0, 0
    for piece_ms, piece in pieces:
        seen = np.maximum.accumulate(np.concatenate([[newest], piece_ms]))
        newest, n_read = int(seen[-1]), n_read + len(piece)
        n_late += int(np.count_nonzero(piece_ms < seen[:-1]))
        timestamps_ms, values = np.concatenate([timestamps_ms, piece_ms]), np.concatenate([values, piece])
        n_before = len(timestamps_ms)
        timestamps_ms, first = np.unique(timestamps_ms, return_index=True)
        n_duplicates += n_before - len(timestamps_ms)
        timestamps_ms, values = timestamps_ms[-n_most:], values[first][-n_most:]
    n_older = n_read - n_duplicates - len(values)
    return Cleaned(timestamps_ms, values, n_late, n_duplicates, n_older)


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in one series."""

    series: str
    n_read: int
    """Points with a value."""
    n_points: int
    """Points that are left."""
    start_ms: int | None
    end_ms: int | None
    """Event time of the first and the last of them; None without any."""
    interval_s: float | None
    """The usual distance of two points (the median); None with fewer than two."""
    irregular_share: float
    """Distances that differ from it by more than a tenth."""
    n_missing: int
    """Points without a value (NaN, null, empty)."""
    missing_share: float
    """Of all points."""
    n_late: int
    n_duplicates: int
    n_older: int
    """See `Cleaned`."""
    constant: bool
    """Whether all values are the same."""
    ruled_out: str | None
    """Why the series is not used; None when it is."""

    @property
    def remarks(self) -> list[str]:
        """Return what was repaired, and what stays as it is but should be known."""
        remarks = {
            f"{self.n_late:,} out of order, sorted": self.n_late,
            f"{self.n_duplicates:,} repeated times, the first kept": self.n_duplicates,
            f"{self.n_missing:,} without a value ({self.missing_share:.1%}), left out": self.n_missing,
            f"{self.irregular_share:.1%} of the intervals irregular": self.irregular_share >= 0.001,
            f"{self.n_older:,} older points left out": self.n_older,
        }
        return [remark for remark, holds in remarks.items() if holds]

    def to_json(self) -> dict[str, object]:
        """Return every finding by its name."""
        return {**asdict(self), "remarks": self.remarks}


def audit(series: str, cleaned: Cleaned, n_missing: int, n_least: int) -> Audit:
    """Look at one series.

    Parameters
    ----------
    n_missing : int
        Points that came without a value.
    n_least : int
        Points that a series must have.
    """
    timestamps_ms, n_points = cleaned.timestamps_ms, len(cleaned.values)
    n_read = n_points + cleaned.n_duplicates + cleaned.n_older
    missing_share = n_missing / (n_read + n_missing) if n_missing else 0.0
    constant = n_points > 0 and bool(np.all(cleaned.values == cleaned.values[0]))
    intervals_s = np.diff(timestamps_ms) / 1000.0
    interval_s = float(np.median(intervals_s)) if n_points > 1 else None
    off = 0.0 if interval_s is None else float(np.mean(np.abs(intervals_s - interval_s) > OFF_INTERVAL * interval_s))
    return Audit(
        series=series,
        n_read=n_read,
        n_points=n_points,
        start_ms=int(timestamps_ms[0]) if n_points else None,
        end_ms=int(timestamps_ms[-1]) if n_points else None,
        interval_s=interval_s,
        irregular_share=off,
        n_missing=n_missing,
        missing_share=missing_share,
        n_late=cleaned.n_late,
        n_duplicates=cleaned.n_duplicates,
        n_older=cleaned.n_older,
        constant=constant,
        ruled_out=_ruled_out(n_points, n_least, missing_share, constant),
    )


def _ruled_out(n_points: int, n_least: int, missing_share: float, constant: bool) -> str | None:
    if missing_share > MOST_MISSING:
        return f"{missing_share:.1%} of its points have no value, at most {MOST_MISSING:.0%} may"
    if n_points < n_least:
        return f"too short: {n_points:,} points, {n_least:,} are needed"
    if constant:
        return "constant: there is nothing to learn"
    return None
