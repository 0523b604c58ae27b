"""Disagreements: the places of the held-out part where the two forecasts lay furthest apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Float64
from training.fit.comparison.holdout import HoldoutResult

N_LARGEST = 10
N_APART = 24
"""Points between two disagreements of a series at least; what is closer is one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A point for which the two models had forecast different values.

    Attributes
    ----------
    result : HoldoutResult
        Of its series.
    at : int
        Index of the point in the result.
    size : float
        Distance of the two forecasts over the usual distance of the series' values from their mean.
    """

    result: HoldoutResult
    at: int
    size: float

    @property
    def timestamp_ms(self) -> int:
        """Event time of the point."""
        return int(self.result.timestamps_ms[self.at])

    @property
    def nearer(self) -> str:
        """Return whose forecast was nearer to the actual value."""
        shipped, yours = np.abs(self.result.expected[:, self.at] - self.result.values[self.at])
        return "yours" if yours < shipped else "shipped"

    def to_json(self) -> dict[str, object]:
        """Return the results as plain JSON."""
        shipped, yours = (float(value) for value in self.result.expected[:, self.at])
        return {
            "series": self.result.series,
            "timestamp": self.timestamp_ms,
            "actual": float(self.result.values[self.at]),
            "shipped": shipped,
            "yours": yours,
            "size": self.size,
            "nearer": self.nearer,
        }


def largest(results: list[HoldoutResult], n_most: int = N_LARGEST) -> list[Difference]:
    """Find the largest disagreements of all series, the largest first, none within `N_APART` points of another."""
    found = [Difference(result, at, size) for result in results for at, size in _peaks(result, n_most)]
    return sorted(found, key=lambda each: -each.size)[:n_most]


def _peaks(result: HoldoutResult, n_most: int) -> list[tuple[int, float]]:
    usual = float(np.mean(np.abs(result.values - np.mean(result.values)))) or 1.0
    sizes: Float64 = np.abs(result.expected[1] - result.expected[0]) / usual
    peaks: list[tuple[int, float]] = []
    for at in map(int, np.argsort(-sizes, kind="stable")):
        if len(peaks) == n_most or not sizes[at] > 0:
            break
        if all(abs(at - other) >= N_APART for other, _ in peaks):
            peaks.append((at, float(sizes[at])))
    return peaks
