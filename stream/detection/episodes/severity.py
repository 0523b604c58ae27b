"""Severity from size, rarity and duration (docs/episodes.md).

Size and rarity give 0 to 2 points each, duration 0 or 2. Up to 1 point is minor, 2 and 3 are major, 4 and more are
critical.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, UInt8
from stream.detection.episodes.calm import RESOLUTION

HUGE: Final = 2
"""The most points that size can give."""

LARGE: Final = 0.2
"""Part of the range from which on a deviation gives 1 point."""

BEYOND: Final = 0.5
"""Part of the range by which a value beyond all that was seen gives 2 points: the next extreme of noise is not."""

OFF, PARTLY_OFF = 0.5, 0.3
"""Parts of the range that are 2 points where the hour is known: always, and if that is `LOST` of what is usual.

From the second on a value in the range gets worse with time.
"""

LOST: Final = 0.7
"""Part of what is usual: without it a value gives 2 points where it is lower than ever, or off by half the range."""

RARE, VERY_RARE = 1.75, 3.0
"""Scores that give 1 and 2 points: a tenth, and a fortieth, of the false alarms of calm series reach them."""

LASTS_MS: Final = 3_600_000
LASTS_INTERVALS: Final = 12
"""What is large and has lasted an hour and 12 intervals gets 2 more points, if its value is still far off."""

POINTS: Final = np.array([0, 0, 1, 1, 2, 2, 2], np.uint8)
"""Severity by the number of points."""

WINDOW_MAJOR, WINDOW_CRITICAL = 2.0, 4.0
"""Scores of windows, in parts of the cut-off: they know no budget."""


class Deviation(NamedTuple):
    """How far off values are, in the metric's unit; shape (n,).

    Attributes
    ----------
    values, usual : float64
        What is usual is that of the hour where it is known; otherwise what was expected where the episode opened.
    is_seasonal : bool
        Whether it is that of the hour.
    largest : float64
        Largest deviation that any evidence knows, at least 0.
    lowest, highest : float64
        Ends of the range that the series had shown when it was last calm.
    is_stuck : bool
        Whether the series moves too little, which counts as large.
    """

    values: Float64
    usual: Float64
    is_seasonal: Bool
    largest: Float64
    lowest: Float64
    highest: Float64
    is_stuck: Bool


def size_points(deviation: Deviation) -> Int64:
    """Return the severity points of the size."""
    values, usual, is_seasonal, largest, lowest, highest, is_stuck = deviation
    width, off = highest - lowest, np.abs(values - usual)
    beyond, is_lost = np.maximum(lowest - values, values - highest), off >= LOST * np.abs(usual)
    is_off = (off > 0) & (off >= OFF * width)
    far = (beyond > 0) & (beyond >= BEYOND * width)
    off_for_the_hour = is_seasonal & (is_off | ((off > 0) & (off >= PARTLY_OFF * width) & is_lost))
    lost = (lowest >= 0) & (values < usual) & is_lost & ((values < lowest) | is_off)
    most = np.maximum(largest, off)
    large = is_stuck | ((most > 0) & (most >= LARGE * width))
    return np.where(far | off_for_the_hour | lost, HUGE, np.where(large, 1, 0))


def is_unusual(deviation: Deviation, size: Int64) -> Bool:
    """Check which values are outside of the range, or have 2 points for their size, or are stuck."""
    values, lowest, highest = deviation.values, deviation.lowest, deviation.highest
    is_outside = np.maximum(lowest - values, values - highest) > RESOLUTION * (highest - lowest)
    found: Bool = is_outside | (size == HUGE) | deviation.is_stuck
    return found


def is_far_off(deviation: Deviation, unusual: Bool) -> Bool:
    """Check which values are unusual, or off by a good part of the range."""
    off = np.abs(deviation.values - deviation.usual)
    found: Bool = unusual | ((off > 0) & (off >= PARTLY_OFF * (deviation.highest - deviation.lowest)))
    return found


def severities(size: Int64, far_off: Bool, scores: Float64, lasted_ms: Int64, intervals_ms: Float64) -> UInt8:
    """Sum the severity points of each row.

    What lasts counts only while the value itself is far off: means of the last 24 points take 24 points to forget.
    """
    rarity = (scores >= RARE).astype(np.int64) + (scores >= VERY_RARE)
    lasts = (size > 0) & far_off & (lasted_ms >= np.maximum(LASTS_MS, LASTS_INTERVALS * intervals_ms))
    found: UInt8 = POINTS[size + rarity + 2 * lasts]
    return found


def severity_of_window(scores: Float64) -> UInt8:
    """Return severities of reconstructed windows, by score."""
    return ((scores >= WINDOW_MAJOR).astype(np.uint8) + (scores >= WINDOW_CRITICAL)).astype(np.uint8)
