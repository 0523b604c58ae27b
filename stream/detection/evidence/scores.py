"""Scores of one record of each key."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import Bool, Float32, Float64, Records
from stream.detection.evidence import fusion

Kind = TypeVar("Kind", bound=np.generic)


class Scores:
    """Scores of a batch, one row per slot.

    Parameters
    ----------
    step_records : structured array of `STEP_RECORD`, shape (batch,)
    """

    def __init__(self, step_records: Records) -> None:
        self.step_records = step_records

    @property
    def score(self) -> Float64:
        """Anomaly score, 1.0 at the threshold; shape (batch,).

        Dimensionless, >= 0; means nothing while `warming`.
        """
        return self._column("score")

    @property
    def alarm(self) -> Bool:
        """Records that raise an alarm, none while warming; shape (batch,)."""
        return self._column("alarm")

    @property
    def warming(self) -> Bool:
        """Keys within their warm-up; shape (batch,)."""
        return self._column("warming")

    @property
    def novelty(self) -> Float64:
        """Score of the five statistics alone (C5f); shape (batch,)."""
        return self._column("novelty")

    @property
    def record_evidence(self) -> Float64:
        """Improbability of new extremes, in nats; shape (batch,)."""
        return self._column("record_evidence")

    @property
    def tail_evidence(self) -> Float64:
        """Improbability under the keys' tails, in nats; shape (batch,)."""
        return self._column("tail_evidence")

    @property
    def statistics(self) -> Float32:
        """Statistics less x0, metric's unit; shape (batch, 5)."""
        return self._column("statistics")

    @property
    def distances(self) -> Float32:
        """Distances to what was seen, metric's unit; shape (batch, 5)."""
        return self._column("distances")

    @property
    def surprise(self) -> Float32:
        """Distances relative to usual ones (rho), 0 to 20; shape (batch, 5)."""
        return self._column("surprise")

    @property
    def absurd(self) -> Bool:
        """Values clipped, and so not learned; shape (batch,)."""
        return self._column("is_clipped")

    @property
    def expected(self) -> Float64:
        """Forecast before the record, metric's unit; NaN at first."""
        return self._column("expected")

    def shares(self) -> Float32:
        """Return each component's share of the scores; see `fusion.shares`."""
        return fusion.shares(self.step_records)

    def _column(self, name: str) -> NDArray[Kind]:
        column: NDArray[Kind] = self.step_records[name]
        return column
