"""The held-out points under two models: forecasts and alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import N_PARAMETERS, Bool, Float32, Float64, Int64
from stream.detection.episodes.verdict import Policy
from stream.model import Bundle
from training.fit.comparison.paired_models import N_MODELS, PairScores, score_pair
from training.fit.data.series import Series
from training.fit.plan import Split
from training.network.network import negative_log_likelihood

N_SIDE_BY_SIDE = 128
"""Series that are scored together; their points, 32 MB at most, are in memory."""

N_LARGEST = 10
N_APART = 24
"""Points between two disagreements of a series at least; what is closer is one."""


@dataclass(frozen=True, slots=True)
class HoldoutResult:
    """The held-out points of one series; the axes of length 2 are the models, the shipped one first."""

    series: str
    timestamps_ms: Int64
    values: Float64
    """Shape (points,)."""
    expected: Float64
    """Shape (2, points). Forecasts made before each point, in the metric's unit."""
    log_likelihood: Float64
    """Shape (2, points). Log density of each point under the mixture forecast for it, in the asinh space, in nats."""
    opened: Bool
    warming: Bool
    """Shape (2, points). Whether the point opened an anomaly; whether the key was too young for one."""


def run_holdout(
    bundles: tuple[Bundle, Bundle], series: Series, splits: list[Split], policy: Policy, report: Callable[[int], None]
) -> list[HoldoutResult]:
    """Run both models over every series from its first point, so that their states are warm, and keep the last part.

    Parameters
    ----------
    bundles : (Bundle, Bundle)
        The shipped model and the new one.
    policy : Policy
        The worker's.
    report : callable
        Called with the points that are done.
    """
    results: list[HoldoutResult] = []
    n_done = 0
    for start in range(0, len(series), N_SIDE_BY_SIDE):
        numbers = range(start, min(start + N_SIDE_BY_SIDE, len(series)))
        points = [series.points(i) for i in numbers]
        records = [
            _Record(len(values), splits[i].held_out_start) for i, (_, values) in zip(numbers, points, strict=True)
        ]
        for t, evaluated in enumerate(score_pair(bundles, points, policy)):
            for at, row in enumerate(evaluated.rows):
                records[row].note(t, at, evaluated)
            n_done += len(evaluated.rows)
            report(n_done)
        results += [
            record.result(series.names[i], *points[i - start]) for i, record in zip(numbers, records, strict=True)
        ]
    return results


class _Record:
    """Room for what is kept of one series."""

    def __init__(self, n_points: int, start: int) -> None:
        n_held_out = n_points - start
        self._start = start
        self._expected = np.empty((N_MODELS, n_held_out))
        self._parameters = np.empty((N_MODELS, n_held_out, N_PARAMETERS), np.float32)
        self._previous, self._targets = np.empty((2, N_MODELS, n_held_out), np.float32)
        self._opened, self._warming = np.empty((2, N_MODELS, n_held_out), np.bool_)

    def note(self, t: int, at: int, evaluated: PairScores) -> None:
        place = t - self._start
        if place < 0:
            return
        self._expected[:, place], self._parameters[:, place] = evaluated.expected[:, at], evaluated.parameters[:, at]
        self._previous[:, place], self._targets[:, place] = evaluated.previous[:, at], evaluated.targets[:, at]
        self._opened[:, place], self._warming[:, place] = evaluated.opened[:, at], evaluated.warming[:, at]

    def result(self, series: str, timestamps_ms: Int64, values: Float64) -> HoldoutResult:
        held_out = slice(self._start, None)
        return HoldoutResult(
            series,
            timestamps_ms[held_out],
            values[held_out],
            self._expected,
            _log_likelihood(self._parameters, self._previous, self._targets),
            self._opened,
            self._warming,
        )


def _log_likelihood(parameters: Float32, previous: Float32, targets: Float32) -> Float64:
    """Evaluate mixtures with the loss that models learn by, whose inputs matter by their first column alone."""
    return -np.asarray(negative_log_likelihood(parameters, previous[..., None], targets), np.float64)


def blocks(results: list[HoldoutResult], n_points: int) -> Iterator[Float64]:
    """Cut the gain in log likelihood of each series, second model less first, into stretches of so many points."""
    for result in results:
        gain = result.log_likelihood[1] - result.log_likelihood[0]
        yield from np.array_split(gain, max(1, len(gain) // n_points))


@dataclass(frozen=True, slots=True)
class Difference:
    """A point for which the two models had forecast different values."""

    result: HoldoutResult
    """Of its series."""
    at: int
    """Index of the point in the result."""
    size: float
    """Distance of the two forecasts over the usual distance of the series' values from their mean."""

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


def largest(results: list[HoldoutResult]) -> list[Difference]:
    """Find the largest disagreements of all series, the largest first, none within `N_APART` points of another."""
    found = [Difference(result, at, size) for result in results for at, size in _peaks(result)]
    return sorted(found, key=lambda each: -each.size)[:N_LARGEST]


def _peaks(result: HoldoutResult) -> list[tuple[int, float]]:
    usual = float(np.mean(np.abs(result.values - np.mean(result.values)))) or 1.0
    sizes: Float64 = np.abs(result.expected[1] - result.expected[0]) / usual
    peaks: list[tuple[int, float]] = []
    for at in map(int, np.argsort(-sizes, kind="stable")):
        if len(peaks) == N_LARGEST or not sizes[at] > 0:
            break
        if all(abs(at - other) >= N_APART for other, _ in peaks):
            peaks.append((at, float(sizes[at])))
    return peaks
