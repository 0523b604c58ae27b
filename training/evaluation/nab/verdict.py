"""The verdict on a file: which of its alarms count for what, and which windows were found how soon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Int64
from training.evaluation.alarms import alarms_at
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.corpus import File
from training.evaluation.nab.scoring.label_weights import OUTSIDE, PROBATION, LabelWeights


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the alarms of a file at the boundary are to NAB.

    Attributes
    ----------
    finding, again, false : int64, shape (alarms,)
        Rows of the earliest alarm of a window, of further ones in it, and of those outside.
    missed : int
        Windows without an alarm.
    """

    finding: Int64
    again: Int64
    false: Int64
    missed: int

    @classmethod
    def of(cls, file: File, evaluated: ScoredFile) -> Verdict:
        """Look where the alarms of a file lie."""
        weights = LabelWeights.of(file)
        rows, alarms = alarms_at(evaluated.score, np.ones(1))
        rows = rows[alarms[0] & (weights.place[rows] != PROBATION)]
        place = weights.place[rows]
        inside = rows[place != OUTSIDE]
        _, first = np.unique(weights.place[inside], return_index=True)
        finding = inside[first]
        return cls(finding, np.setdiff1d(inside, finding), rows[place == OUTSIDE], weights.n_windows - len(finding))

    @property
    def n_windows(self) -> int:
        """Labelled windows."""
        return len(self.finding) + self.missed

    def summary(self) -> str:
        """Summarise it in a few words."""
        found = f"{len(self.finding)} of {self.n_windows} windows found" if self.n_windows else "nothing labelled"
        n_false = len(self.false)
        return f"{found}, {n_false or 'no'} false alarm{'' if n_false == 1 else 's'}"
