"""The marking: what an alarm at each row of a file would be worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Float64, Int64
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import sigma

OUTSIDE: Final = -1
PROBATION: Final = -2


@dataclass(frozen=True, slots=True)
class LabelWeights:
    """What an alarm at each row would be worth, without the weights of a profile.

    Attributes
    ----------
    place : int64, shape (rows,)
        Number of the window that the row lies in, or OUTSIDE, or PROBATION, where nothing counts.
    worth : float64, shape (rows,)
        In a window what the earliest alarm earns, 1 at its first row; outside what each alarm costs, at most 1.
    n_windows : int
        Those that do not end in the probation.
    """

    place: Int64
    worth: Float64
    n_windows: int

    @classmethod
    def of(cls, file: File) -> LabelWeights:
        """Mark a file."""
        rows, n_probation = np.arange(file.n_rows), file.n_probation
        windows = file.windows[file.windows[:, 1] >= n_probation]
        place = np.full(file.n_rows, OUTSIDE, np.int64)
        worth = np.ones(file.n_rows)
        for number, (first, last) in enumerate(windows.tolist()):
            n_window = last - first + 1
            inside, behind = slice(first, last + 1), slice(last + 1, None)
            place[inside] = number
            worth[inside] = sigma((rows[inside] - last - 1) / n_window) / sigma(-1.0)
            worth[behind] = -sigma((rows[behind] - last) / max(n_window - 1, 1))
        place[:n_probation] = PROBATION
        return cls(place, worth, len(windows))
