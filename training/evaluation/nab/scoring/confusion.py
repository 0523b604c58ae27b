"""The tally: what a detector got right and wrong, at one threshold or many, before a profile weighs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import Profile, sigma

OUTSIDE: Final = -1
PROBATION: Final = -2


@dataclass(frozen=True, slots=True)
class LabelWeights:
    """What an alarm at each row would be worth, without the weights of a profile."""

    place: Int64
    """Shape (rows,). Number of the window that the row lies in, or OUTSIDE, or PROBATION, where nothing counts."""
    worth: Float64
    """Shape (rows,). In a window what the earliest alarm earns, 1 at its first row; outside what each alarm costs, at
    most 1."""
    n_windows: int
    """Those that do not end in the probation."""

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


@dataclass(frozen=True, slots=True)
class Confusion:
    """What counts of alarms; the arrays have an entry for each threshold."""

    n_windows: int
    n_rows: int
    """Labelled windows, and rows outside the probation."""
    n_alarms: Int64
    n_found: Int64
    n_false: Int64
    """Shape (thresholds,). Alarms after the probation, windows with one, alarms outside of windows."""
    earned: Float64
    lost: Float64
    """Shape (thresholds,). Sum over the windows found, at most 1 each; sum over the false alarms, at most 1 each."""

    @classmethod
    def of(cls, weights: LabelWeights, rows: Int64, alarms: Bool) -> Confusion:
        """Count alarms.

        Parameters
        ----------
        rows : int64, shape (candidates,)
            Those that alarm at any of the thresholds, and as many others as one likes.
        alarms : bool, shape (thresholds, candidates)
            Which of them alarm.
        """
        place, worth = weights.place[rows], weights.worth[rows]
        best = np.zeros((len(alarms), weights.n_windows))
        for number in np.unique(place[place >= 0]).tolist():
            inside = place == number
            best[:, number] = np.max(alarms[:, inside] * worth[inside], axis=1)
        outside = place == OUTSIDE
        false = alarms[:, outside]
        return cls(
            n_windows=weights.n_windows,
            n_rows=int(np.count_nonzero(weights.place >= OUTSIDE)),
            n_alarms=np.count_nonzero(alarms[:, place >= OUTSIDE], axis=1),
            n_found=np.count_nonzero(best, axis=1),
            n_false=np.count_nonzero(false, axis=1),
            earned=best.sum(axis=1),
            lost=false @ worth[outside],
        )

    @classmethod
    def sum(cls, many: Iterable[Confusion]) -> Confusion:
        """Add the tallies of many files at the same thresholds, of at least one."""
        tallies = list(many)
        return cls(*(sum(getattr(tally, each.name) for tally in tallies) for each in fields(cls)))

    def at(self, number: int) -> Confusion:
        """Return the tally at one threshold."""
        one = slice(number, number + 1)
        return Confusion(
            self.n_windows,
            self.n_rows,
            self.n_alarms[one],
            self.n_found[one],
            self.n_false[one],
            self.earned[one],
            self.lost[one],
        )

    @property
    def per_10000(self) -> float:
        """Return the alarms a ten thousand records, at the first threshold."""
        return float(10_000 * self.n_alarms[0] / self.n_rows)

    def score(self, profile: Profile) -> Float64:
        """Return the score at each threshold: 0 for no alarm at all, 100 for one at the first row of each window only.

        NaN where nothing is labelled: there is no such scale.
        """
        raw = profile.true_positive * self.earned - profile.false_negative * (self.n_windows - self.n_found)
        raw -= profile.false_positive * self.lost
        silent = -profile.false_negative * self.n_windows
        perfect = profile.true_positive * self.n_windows
        if self.n_windows == 0:
            return np.full(len(raw), np.nan)
        score: Float64 = 100 * (raw - silent) / (perfect - silent)
        return score
