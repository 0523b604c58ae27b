"""The scores: what the detector says of one record of each key of a batch."""

from __future__ import annotations

from dataclasses import dataclass

from stream.detection.forecast import ForecastBefore
from stream.detection.record import Bool, Float32, Float64, Int64


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a batch; row i belongs to slot i of the call.

    Attributes
    ----------
    score : float64, shape (batch,)
        Dimensionless, >= 0; 1.0 is the alarm boundary of every key. Means nothing while `warming`.
    alarm : bool, shape (batch,)
        Records that open an alarm, warming keys left out.
    warming : bool, shape (batch,)
        Keys with fewer records than the warm-up before this one.
    shares : float32, shape (batch, 7)
        Part of each kind of evidence in the score, 1 together; all 0 without any. In the order of `EVIDENCE`: value,
        residual_3, level, residual_12, pair, moment, quiet. Axes of length 5 are in the order of the first five.
    novelty : float64, shape (batch,)
        The score that the five statistics alone would give (C5f).
    statistics, distances : float32, shape (batch, 5)
        The statistics, and how far each is from what its key has shown, in the metric's unit and less x0.
    surprise : float32, shape (batch, 5)
        Distances against what is usual for the key (rho), 0 to 20.
    absurd : bool, shape (batch,)
        Values so far off that they were not learned.
    forecast : ForecastBefore
        What had been forecast for these records.
    """

    score: Float64
    alarm: Bool
    warming: Bool
    shares: Float32
    novelty: Float64
    statistics: Float32
    distances: Float32
    surprise: Float32
    absurd: Bool
    forecast: ForecastBefore

    @property
    def expected(self) -> Float64:
        """The forecast made before the record, in the metric's unit; NaN for the first record of a key."""
        return self.forecast.expected

    def band(self, level: float, rows: Int64 | None = None) -> tuple[Float64, Float64]:
        """Give the lower and upper bound that the forecast had set; see `ForecastBefore.band`."""
        return self.forecast.band(level, rows)
