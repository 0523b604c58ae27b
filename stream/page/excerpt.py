"""Excerpt of a series for a chart: few points that keep every spike."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.page.points import STATES, PointColumns

MOST: Final = 2_000
"""Points of a chart; about as many as a wide screen has columns."""

KEPT_OF_A_BIN: Final = 4
HOLE: Final = 4
"""Usual distances of two points from which on they lie too far apart for a line."""

WEEK_MS: Final = 7 * 86_400_000


def thin(points: PointColumns, most: int = MOST) -> PointColumns:
    """Keep the first, lowest, highest and worst point of each bin."""
    n = len(points.times_ms)
    if n <= most:
        return points
    size = -(-n * KEPT_OF_A_BIN // most)
    starts = np.arange(0, n, size)
    kept = [starts, *(starts + _places(column, size) for column in (points.values, -points.values, points.scores))]
    return points.rows(np.unique(np.concatenate(kept)))


def _places(column: Float64, size: int) -> Int64:
    """Return where the highest number of each bin is."""
    padded = np.full(-(-len(column) // size) * size, -np.inf)
    padded[: len(column)] = np.where(np.isnan(column), -np.inf, column)
    places: Int64 = padded.reshape(-1, size).argmax(axis=1)
    return places


def with_holes(points: PointColumns) -> PointColumns:
    """Put a row without numbers into each long gap."""
    apart = np.diff(points.times_ms)
    if not len(apart):
        return points
    after = np.flatnonzero(apart > HOLE * max(1.0, float(np.median(apart)))) + 1
    times = np.insert(points.times_ms, after, points.times_ms[after - 1] + 1)
    return PointColumns(
        times, np.insert(points.numbers, after, np.nan, axis=1), np.insert(points.states, after, STATES.index("normal"))
    )


def interval_ms(points: PointColumns) -> int | None:
    """Return the usual time between two points."""
    return int(np.median(np.diff(points.times_ms))) if len(points.times_ms) > 1 else None


def shifted(earlier: PointColumns, times_ms: Int64, by_ms: int) -> Float64:
    """Return earlier values at later times, NaN where there were none."""
    if len(earlier.times_ms) == 0:
        return np.full(len(times_ms), np.nan)
    at = times_ms - by_ms
    values = np.interp(at, earlier.times_ms, earlier.values, left=np.nan, right=np.nan)
    after = np.searchsorted(earlier.times_ms, at).clip(1, max(1, len(earlier.times_ms) - 1))
    if len(earlier.times_ms) > 1:
        apart = earlier.times_ms[after] - earlier.times_ms[after - 1]
        values[apart > HOLE * np.median(np.diff(earlier.times_ms))] = np.nan
    return values


def columns(points: PointColumns) -> dict[str, Any]:
    """Return the columns as JSON lists; NaN becomes null."""
    numbers = zip(("values", "expected", "lower", "upper", "scores"), points.numbers.tolist(), strict=True)
    states = [STATES[state] for state in points.states.tolist()]
    return {"times": points.times_ms.tolist(), **dict(numbers), "states": states}
