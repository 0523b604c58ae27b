"""The tally: alerts, which of them are true, and the incidents that they find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Int64
from training.evaluation.telemetry.folder import Source

JOINED_OVER: Final = 10
"""Rows between two alerts of a source that still count as one."""


class AlertTally(NamedTuple):
    """Counts over sources."""

    true: int
    false: int
    found: int
    incidents: int
    rows: int

    @property
    def precision(self) -> float:
        """Share of alerts that touch an incident; NaN without an alert."""
        alerts = self.true + self.false
        return self.true / alerts if alerts else np.nan

    @property
    def recall(self) -> float:
        """Share of incidents that an alert touches."""
        return self.found / self.incidents if self.incidents else np.nan

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both > 0 else 0.0

    @property
    def false_per_10k(self) -> float:
        """False alerts in 10,000 rows."""
        return 1e4 * self.false / self.rows


def tally(sources: Sequence[Source], raised: Sequence[Sequence[Int64]]) -> AlertTally:
    """Count the alerts of the evaluated part, pooled over sources.

    Parameters
    ----------
    raised : sequence of sequence of int64, shape (alerts,)
        By source and metric, the rows at which an alert is raised.
    """
    counts = [_of_source(*each) for each in zip(sources, raised, strict=True)]
    return AlertTally(*(sum(column) for column in zip(*counts, strict=True)))


def _of_source(source: Source, raised: Iterable[Int64]) -> AlertTally:
    rows = np.unique(np.concatenate([np.zeros(0, np.int64), *raised]))
    alerts = _joined(rows[rows >= source.evaluated_from])
    incidents = source.incidents[source.incidents[:, 1] >= source.evaluated_from]
    touches = (alerts[:, None, 0] <= incidents[None, :, 1]) & (alerts[:, None, 1] >= incidents[None, :, 0])
    true, found = int(touches.any(axis=1).sum()), int(touches.any(axis=0).sum())
    n_rows = len(source.timestamps_ms) - source.evaluated_from
    return AlertTally(true, len(alerts) - true, found, len(incidents), n_rows)


def _joined(rows: Int64) -> Int64:
    """Join rows over short gaps; first and last row of each alert, shape (alerts, 2)."""
    if len(rows) == 0:
        return np.zeros((0, 2), np.int64)
    cuts = np.flatnonzero(np.diff(rows) > JOINED_OVER)
    return np.stack([rows[np.append(0, cuts + 1)], rows[np.append(cuts, len(rows) - 1)]], axis=1)
