"""Disagreements: the places of the held-out part where the two forecasts lay furthest apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.detection.state.layout import Float64
from training.fit.comparison.holdout import Trial

N_LARGEST = 10
N_APART = 24
"""Points between two disagreements of a series at least; what is closer is one."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A point for which the two models had forecast different values.

    Attributes
    ----------
    trial : Trial
        Of its series.
    at : int
        Index of the point in the trial.
    size : float
        Distance of the two forecasts over the usual distance of the series' values from their mean.
    """

    trial: Trial
    at: int
    size: float

    @property
    def timestamp_ms(self) -> int:
        """Event time of the point."""
        return int(self.trial.timestamps_ms[self.at])

    @property
    def nearer(self) -> str:
        """Say whose forecast was nearer to what came."""
        shipped, yours = np.abs(self.trial.expected[:, self.at] - self.trial.values[self.at])
        return "yours" if yours < shipped else "shipped"

    def to_json(self) -> dict[str, object]:
        """Tell it in plain JSON."""
        shipped, yours = (float(value) for value in self.trial.expected[:, self.at])
        return {
            "series": self.trial.series,
            "timestamp": self.timestamp_ms,
            "actual": float(self.trial.values[self.at]),
            "shipped": shipped,
            "yours": yours,
            "size": self.size,
            "nearer": self.nearer,
        }


def largest(trials: list[Trial], n_most: int = N_LARGEST) -> list[Disagreement]:
    """Find the largest disagreements of all series, the largest first, none within `N_APART` points of another."""
    found = [Disagreement(trial, at, size) for trial in trials for at, size in _peaks(trial, n_most)]
    return sorted(found, key=lambda each: -each.size)[:n_most]


def _peaks(trial: Trial, n_most: int) -> list[tuple[int, float]]:
    usual = float(np.mean(np.abs(trial.values - np.mean(trial.values)))) or 1.0
    sizes: Float64 = np.abs(trial.expected[1] - trial.expected[0]) / usual
    peaks: list[tuple[int, float]] = []
    for at in map(int, np.argsort(-sizes, kind="stable")):
        if len(peaks) == n_most or not sizes[at] > 0:
            break
        if all(abs(at - other) >= N_APART for other, _ in peaks):
            peaks.append((at, float(sizes[at])))
    return peaks
