"""The scores: what the detector says of one record of each key of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.detection.evidence import Evidence
from stream.detection.forecast import ForecastBefore
from stream.detection.record import Bool, Float32, Float64, Int64


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a batch; row i belongs to slot i of the call.

    Attributes
    ----------
    evidence : Evidence
        What the score is made of.
    alarm : bool, shape (batch,)
        Records that open an alarm, warming keys left out.
    warming : bool, shape (batch,)
        Keys with fewer records than the warm-up before this one.
    novelty : float64, shape (batch,)
        The score that the five statistics alone would give (C5f).
    statistics, distances : float32, shape (batch, 5)
        The statistics, and how far each is from what its key has shown, in the metric's unit and less x0. Axes of
        length 5 are in the order of `STATISTICS`.
    surprise : float32, shape (batch, 5)
        Distances against what is usual for the key (rho), 0 to 20.
    absurd : bool, shape (batch,)
        Values so far off that they were not learned.
    forecast : ForecastBefore
        What had been forecast for these records.
    """

    evidence: Evidence
    alarm: Bool
    warming: Bool
    novelty: Float64
    statistics: Float32
    distances: Float32
    surprise: Float32
    absurd: Bool
    forecast: ForecastBefore

    @property
    def score(self) -> Float64:
        """Dimensionless, >= 0, 1.0 at the boundary of every key, shape (batch,); means nothing while `warming`."""
        return self.evidence.score

    def shares(self, rows: Int64 | None = None) -> Float32:
        """Give the part of each kind of evidence in the scores of some rows, or of all.

        Returns
        -------
        float32, shape (n, 7)
            1 together, or all 0 without any evidence. In the order of `EVIDENCE`: value, residual_3, level,
            residual_12, pair, moment, quiet.
        """
        return self.evidence.shares(np.arange(len(self.score)) if rows is None else rows)

    @property
    def expected(self) -> Float64:
        """The forecast made before the record, in the metric's unit; NaN for the first record of a key."""
        return self.forecast.expected

    def band(self, level: float, rows: Int64 | None = None) -> tuple[Float64, Float64]:
        """Give the lower and upper bound that the forecast had set; see `ForecastBefore.band`."""
        return self.forecast.band(level, rows)
