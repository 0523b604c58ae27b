"""The scores: what the detector says of one record of each key of a batch."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stream.detection.evidence import fusion
from stream.detection.forecast import interval
from stream.detection.state.layout import Bool, Float32, Float64, Int64, Records

Kind = TypeVar("Kind", bound=np.generic)


class Scores:
    """Scores of a batch; row i belongs to slot i of the call.

    Parameters
    ----------
    judgements : structured array of `JUDGEMENT`, shape (batch,)
    """

    def __init__(self, judgements: Records) -> None:
        self.judgements = judgements

    @property
    def score(self) -> Float64:
        """Dimensionless, >= 0, 1.0 at the boundary of every key, shape (batch,); means nothing while `warming`."""
        return self._column("score")

    @property
    def alarm(self) -> Bool:
        """Records that open an alarm, warming keys left out; shape (batch,)."""
        return self._column("alarm")

    @property
    def warming(self) -> Bool:
        """Keys with fewer records than the warm-up before this one; shape (batch,)."""
        return self._column("warming")

    @property
    def novelty(self) -> Float64:
        """The score that the five statistics alone would give (C5f); shape (batch,)."""
        return self._column("novelty")

    @property
    def record_evidence(self) -> Float64:
        """How improbable the records are after all that their keys have shown, in nats; shape (batch,)."""
        return self._column("record_evidence")

    @property
    def tail_evidence(self) -> Float64:
        """How improbable they are under their keys' own tails, in nats; shape (batch,)."""
        return self._column("tail_evidence")

    @property
    def statistics(self) -> Float32:
        """The statistics in the metric's unit and less x0, in the order of `STATISTICS`; shape (batch, 5)."""
        return self._column("statistics")

    @property
    def distances(self) -> Float32:
        """How far each statistic is from what its key has shown, in the metric's unit; shape (batch, 5)."""
        return self._column("distances")

    @property
    def surprise(self) -> Float32:
        """Distances against what is usual for the key (rho), 0 to 20; shape (batch, 5)."""
        return self._column("surprise")

    @property
    def absurd(self) -> Bool:
        """Values so far off that they were not learned; shape (batch,)."""
        return self._column("absurd")

    @property
    def expected(self) -> Float64:
        """The forecast made before the record, in the metric's unit; NaN for the first record of a key."""
        return self._column("expected")

    def shares(self, rows: Int64 | None = None) -> Float32:
        """Give the part of each kind of evidence in the scores of some rows, or of all.

        Returns
        -------
        float32, shape (n, 7)
            1 together, or all 0 without any evidence. In the order of `EVIDENCE`: value, residual_3, level,
            residual_12, pair, moment, quiet.
        """
        return fusion.shares(self._chosen(rows))

    def band(self, level: float, rows: Int64 | None = None) -> tuple[Float64, Float64]:
        """Give the lower and upper bound that the forecast had set for some rows, or for all; see `band.band`."""
        return interval.band(self._chosen(rows), level)

    def _chosen(self, rows: Int64 | None) -> Records:
        return self.judgements if rows is None else self.judgements[rows]

    def _column(self, name: str) -> NDArray[Kind]:
        column: NDArray[Kind] = self.judgements[name]
        return column
