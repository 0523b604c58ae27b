"""Severity from size, rarity and duration (docs/episodes.md).

Three things give points: size 0 to 2, rarity 0 to 2, duration 0 or 1. Up to 1 point is minor, 2 are major, 3 and more
critical.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, UInt8

LARGE, HUGE = 0.2, 0.5
"""Deviations, as parts of the range that the series had shown before, that give 1 and 2 points."""

COLLAPSE, COLLAPSE_SHARE = 0.3, 0.7
"""A deviation of that part of the range which is also that share of what is usual gives 2 points as well."""

RARE, VERY_RARE = 2.0, 4.0
"""Scores that give 1 and 2 points: doublings of the alarm boundary."""

LASTS_MS: Final = 3_600_000
LASTS_INTERVALS: Final = 12
"""What is large and has lasted an hour and 12 intervals gets 1 more point."""

POINTS: Final = np.array([0, 0, 1, 2, 2, 2], np.uint8)
"""Severity by the number of points."""


def size_points(deviations: Float64, widths: Float64, usual: Float64, stuck: Bool) -> Int64:
    """Return the severity points of the size.

    Parameters
    ----------
    deviations, usual : float64, shape (n,)
        Largest deviation that any evidence knows, and what is usual then or else was expected.
    widths : float64, shape (n,)
        Range of the values that the series had shown before.
    stuck : bool, shape (n,)
        Whether the series moves too little: that has no deviation and counts as large.
    """
    size = np.abs(deviations)
    share = np.zeros(len(size))
    np.divide(size, np.abs(usual), out=share, where=usual != 0)
    huge = (size >= HUGE * widths) | ((size >= COLLAPSE * widths) & (share >= COLLAPSE_SHARE))
    large = (size >= LARGE * widths) | stuck
    return np.where(huge & ~stuck & (size > 0), 2, np.where(large & ((size > 0) | stuck), 1, 0))


def severities(size: Int64, scores: Float64, lasted_ms: Int64, intervals_ms: Float64) -> UInt8:
    """Sum the severity points of each row."""
    rarity = (scores >= RARE).astype(np.int64) + (scores >= VERY_RARE)
    lasts = (size > 0) & (lasted_ms >= np.maximum(LASTS_MS, LASTS_INTERVALS * intervals_ms))
    found: UInt8 = POINTS[size + rarity + lasts]
    return found


def severity_of_score(scores: Float64) -> UInt8:
    """Return severities by score: minor, major from 2, critical from 4."""
    return ((scores >= RARE).astype(np.uint8) + (scores >= VERY_RARE)).astype(np.uint8)
