"""Measuring: every kind with every seed through one detector at once, and what its episodes found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import PointScorer, ScoredSeries, backtest
from stream.detection.backtest import Series as Points
from stream.detection.episodes.verdict import Outcome
from stream.formats.limits import MAX_VALUE
from training.evaluation.awkward.kinds import Kind
from training.evaluation.awkward.series import LENGTH, LabelledSeries
from training.evaluation.pages import PAGING

AGES = (300, 1000, 4000)
"""Points of a key from which it counts as young, as grown, as old."""

AFTERMATH = 24
"""Points after an event in which an alarm still counts as found: its end alarms too."""


@dataclass(frozen=True, slots=True)
class KindTally:
    """What became of the series of one kind; counts of all seeds together."""

    n_scored: Int64
    n_alarms: Int64
    """Shape (ages,). Points with a score outside the events and their aftermath, and `PAGING` events there."""
    n_events: int
    n_found: int
    """Events planted, and those in which, or right after which, there was one of them."""
    n_not_finite: int
    """Scored points whose score or forecast is no finite number."""
    n_refused: int
    """Points that go to the dead letters instead."""

    @property
    def alarms_per_10k(self) -> Float64:
        """Alarms in 10,000 points; NaN where none was scored."""
        with np.errstate(invalid="ignore"):
            return 1e4 * self.n_alarms / self.n_scored

    def and_then(self, other: KindTally) -> KindTally:
        """Add up."""
        return KindTally(
            self.n_scored + other.n_scored,
            self.n_alarms + other.n_alarms,
            self.n_events + other.n_events,
            self.n_found + other.n_found,
            self.n_not_finite + other.n_not_finite,
            self.n_refused + other.n_refused,
        )


def measure(
    scorer: PointScorer,
    kinds: Sequence[Kind],
    seeds: Sequence[int],
    progress: Callable[[int], None] = lambda n_points: None,
    length: int = LENGTH,
) -> list[KindTally]:
    """Score one series of each kind and seed, all of them side by side.

    Parameters
    ----------
    scorer : PointScorer
        New.
    progress : callable
        Called now and then with the number of points that were scored since.
    length : int
        Points of each series that are looked at, from the first on.

    Returns
    -------
    list of KindTally, one a kind
    """
    whole = [kind.make(np.random.default_rng(seed)).until(length) for kind in kinds for seed in seeds]
    lanes = [_admitted(series) for series in whole]
    scored = backtest(
        scorer,
        [Points(lane.timestamps_ms, lane.values) for lane in lanes],
        series_policies=[kind.series_policy for kind in kinds for _ in seeds],
        progress=progress,
    )
    n_refused = [len(drawn.values) - len(lane.values) for drawn, lane in zip(whole, lanes, strict=True)]
    tallies = [_tally(*lane) for lane in zip(lanes, scored, n_refused, strict=True)]
    return [reduce(KindTally.and_then, tallies[at : at + len(seeds)]) for at in range(0, len(tallies), len(seeds))]


def _admitted(series: LabelledSeries) -> LabelledSeries:
    """Leave out the points that the worker would dead-letter."""
    return series.without(np.flatnonzero(~(np.abs(series.values) <= MAX_VALUE)))


def _tally(series: LabelledSeries, found: ScoredSeries, n_refused: int) -> KindTally:
    scored = (found.outcome == Outcome.NORMAL) | (found.outcome == Outcome.ANOMALOUS)
    alarmed = np.zeros(len(scored), np.bool_)
    alarmed[found.points_of(*PAGING)] = True
    age = np.searchsorted(AGES, np.arange(len(scored)), side="right") - 1
    outside = np.ones(len(age), np.bool_)
    n_found = 0
    for first, end in series.events:
        outside[first : end + AFTERMATH] = False
        n_found += int(alarmed[first : end + AFTERMATH].any())
    n_scored, n_alarms = (
        np.bincount(age[chosen & outside & (age >= 0)], minlength=len(AGES)) for chosen in (scored, alarmed)
    )
    n_not_finite = int((scored & ~(np.isfinite(found.score) & np.isfinite(found.expected))).sum())
    return KindTally(n_scored, n_alarms, len(series.events), n_found, n_not_finite, n_refused)
