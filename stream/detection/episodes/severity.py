"""Severity from size, rarity and duration (docs/episodes.md).

Size and rarity give 0 to 2 points each, duration 0 or 2. Up to 1 point is minor, 2 and 3 are major, 4 and more are
critical.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stream.detection.compiler.stage import compiled
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

POINTS: Final = (0, 0, 1, 1, 2, 2, 2)
"""Severity by the number of points."""

WINDOW_MAJOR, WINDOW_CRITICAL = 2.0, 4.0
"""Scores of windows, in parts of the cut-off: they know no budget."""


class Deviation(NamedTuple):
    """How far off a value is, in the metric's unit."""

    value: float
    usual: float
    """Of the hour where it is known; otherwise what was expected where the episode opened."""
    is_seasonal: bool
    """Whether it is that of the hour."""
    largest: float
    """Largest deviation that any evidence knows, at least 0."""
    lowest: float
    """Lower end of the range that the series had shown when it was last calm."""
    highest: float
    """Its upper end."""
    is_stuck: bool
    """Whether the series moves too little, which counts as large."""


@compiled
def size_points(deviation: Deviation) -> int:
    """Return the severity points of the size."""
    value, usual, is_seasonal, largest, lowest, highest, is_stuck = deviation
    width, off, beyond = highest - lowest, abs(value - usual), max(lowest - value, value - highest)
    is_lost, is_off = off >= LOST * abs(usual), off > 0 and off >= OFF * width
    if beyond > 0 and beyond >= BEYOND * width:
        return HUGE
    if is_seasonal and (is_off or (off > 0 and off >= PARTLY_OFF * width and is_lost)):
        return HUGE
    if lowest >= 0 and value < usual and is_lost and (value < lowest or is_off):
        return HUGE
    most = max(largest, off)
    return 1 if is_stuck or (most > 0 and most >= LARGE * width) else 0


@compiled
def is_unusual(deviation: Deviation, size: int) -> bool:
    """Check whether a value is out of range, huge, or stuck."""
    value, lowest, highest = deviation.value, deviation.lowest, deviation.highest
    is_outside = max(lowest - value, value - highest) > RESOLUTION * (highest - lowest)
    return is_outside or size == HUGE or deviation.is_stuck


@compiled
def is_far_off(deviation: Deviation, unusual: bool) -> bool:
    """Check whether a value is unusual, or far off."""
    off = abs(deviation.value - deviation.usual)
    return unusual or (off > 0 and off >= PARTLY_OFF * (deviation.highest - deviation.lowest))


@compiled
def severity(size: int, far_off: bool, score: float, lasted_ms: int, interval_ms: float) -> int:
    """Sum the severity points of a record.

    What lasts counts only while the value itself is far off: means of the last 24 points take 24 points to forget.
    """
    points = size + (1 if score >= RARE else 0) + (1 if score >= VERY_RARE else 0)
    if size > 0 and far_off and lasted_ms >= max(float(LASTS_MS), LASTS_INTERVALS * interval_ms):
        points += 2
    return POINTS[points]


@compiled
def severity_of_window(score: float) -> int:
    """Return the severity of a reconstructed window, by its score."""
    return (1 if score >= WINDOW_MAJOR else 0) + (1 if score >= WINDOW_CRITICAL else 0)
