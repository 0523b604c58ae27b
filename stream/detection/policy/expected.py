"""Anomalies that are expected at a time of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Int64

WEEK_MS: Final = 7 * 86_400_000

TOLERANCE_MS: Final = 3_600_000
"""How much earlier one may begin, and how much longer last, than the one it repeats: clocks change by an hour too."""


@dataclass(frozen=True, slots=True)
class ExpectedAnomaly:
    """An anomaly that recurs at the same time of the week.

    Attributes
    ----------
    kind : int
        `stream.detection.episodes.comparison.AnomalyKind`.
    start_ms, end_ms : int
        When it was, in ms since the epoch; the other weeks follow.
    """

    kind: int
    start_ms: int
    end_ms: int

    def covers(self, timestamps_ms: Int64) -> Bool:
        """Check which times are its time of the week, tolerance included."""
        lasted_ms = max(self.end_ms - self.start_ms, 0)
        since_ms = (timestamps_ms - (self.start_ms - TOLERANCE_MS)) % WEEK_MS
        within: Bool = np.asarray(since_ms <= lasted_ms + 2 * TOLERANCE_MS)
        return within
