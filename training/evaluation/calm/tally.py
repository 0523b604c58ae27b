"""The tally: pages a series and month by kind and age, and faults found, under every sensitivity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Float64
from stream.detection.backtest import PointScorer, Series
from training.evaluation.calm.kinds import DAY_S
from training.evaluation.calm.suite import GRACE, LENGTHS, Calm, Faulty, draw_calm, draw_faulty
from training.evaluation.pages import BUDGETS, Pages, score

MONTH_S: Final = 30 * DAY_S
AGES: Final = {"first day": (0.0, DAY_S), "days 2 to 7": (DAY_S, 7 * DAY_S), "later": (7 * DAY_S, np.inf)}
"""Ages of a series that pages are counted by, in seconds."""

N_RESAMPLED: Final = 2000

NewScorer = Callable[[], PointScorer]


class Estimate(NamedTuple):
    """A mean over series, and the interval that holds 95 % of the means of as many series drawn from them."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, each: Float64) -> Estimate:
        """Estimate from one number a series."""
        drawn = np.random.default_rng(0).integers(0, len(each), (N_RESAMPLED, len(each)))
        low, high = np.quantile(each[drawn].mean(axis=1), [0.025, 0.975])
        return cls(float(each.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class CalmTally:
    """Pages of the series of one kind, interval and sensitivity."""

    first: Float64
    """Shape (series,). Pages in the first 30 days, or as long as it is watched if that is less."""
    alarms: Float64
    """Shape (series,). The detector's own alarms in the same time."""
    monthly: dict[str, Float64]
    """Each of shape (series,). Pages in 30 days at each age; an age that is not watched is missing."""

    @classmethod
    def of(cls, interval: str, found: Sequence[Pages]) -> CalmTally:
        """Count."""
        interval_s, n_points = LENGTHS[interval]
        month = round(MONTH_S / interval_s)
        monthly = {}
        for age, (start_s, end_s) in AGES.items():
            start, end = round(start_s / interval_s), min(n_points, end_s / interval_s)
            if end > start:
                counts = [_within(each, start, end) for each in found]
                monthly[age] = np.array(counts) * MONTH_S / ((end - start) * interval_s)
        first = np.array([_within(each, 0, month) for each in found], np.float64)
        return cls(first, np.array([(each.alarms < month).sum() for each in found], np.float64), monthly)


def _within(found: Pages, start: float, end: float) -> int:
    return int(((found.pages >= start) & (found.pages < end)).sum())


class FaultTally(NamedTuple):
    """Faults of one kind and age under one sensitivity: how many were planted and found, and after how many points."""

    planted: int
    found: int
    delay: float
    """Median of those found, in points; NaN without any."""

    @classmethod
    def of(cls, cases: Sequence[Faulty], found: Sequence[Pages]) -> FaultTally:
        """Count: found is what pages from the fault's first point to `GRACE` after its last."""
        firsts = [
            pages[0] - case.age
            for case, each in zip(cases, found, strict=True)
            if len(pages := each.pages[(each.pages >= case.age) & (each.pages < case.end + GRACE)])
        ]
        return cls(len(cases), len(firsts), float(np.median(firsts)) if firsts else np.nan)


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything that was counted."""

    calm: dict[tuple[str, str, str], CalmTally]
    """By interval, kind and sensitivity."""
    faults: dict[tuple[str, int, str], FaultTally]
    """By fault, age and sensitivity."""

    def of_kinds(self, interval: str, sensitivity: str) -> dict[str, CalmTally]:
        """Return the tallies of all kinds."""
        return {kind: each for (at, kind, of), each in self.calm.items() if (at, of) == (interval, sensitivity)}

    def mean_first(self, interval: str, sensitivity: str) -> Estimate:
        """Estimate the pages of the first 30 days, as the mean of all kinds."""
        tallies = self.of_kinds(interval, sensitivity).values()
        return Estimate.of(np.stack([each.first for each in tallies]).mean(axis=0))

    def mean_monthly(self, interval: str, sensitivity: str, age: str) -> float | None:
        """Return the pages in 30 days at an age, as the mean of all kinds; None where that age is not watched."""
        each = [tally.monthly.get(age) for tally in self.of_kinds(interval, sensitivity).values()]
        watched = [counts.mean() for counts in each if counts is not None]
        return float(np.mean(watched)) if watched else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn: series of each kind at each interval, and with each fault."""

    seed: int
    n_seeds: int
    n_fault_seeds: int
    intervals: Sequence[str] = tuple(LENGTHS)


def measure(new_scorer: NewScorer, plan: Plan, progress: Callable[[float], None] = lambda done: None) -> Tally:
    """Draw the suite, score it and count.

    Parameters
    ----------
    new_scorer : callable
        Makes a new detector of one feature.
    progress : callable
        Told which part of all points is done.
    """
    calm = {interval: list(draw_calm(plan.seed, plan.n_seeds, interval)) for interval in plan.intervals}
    faulty = list(draw_faulty(plan.seed, plan.n_fault_seeds))
    drawn = [case.series for cases in calm.values() for case in cases] + [case.series for case in faulty]
    total, done = len(BUDGETS) * sum(len(series.values) for series in drawn), 0

    def count(n_points: int) -> None:
        nonlocal done
        done += n_points
        progress(done / total)

    tally = Tally({}, {})
    for interval, cases in calm.items():
        _add_calm(tally, interval, cases, _scored(new_scorer(), [case.series for case in cases], count))
    _add_faults(tally, faulty, _scored(new_scorer(), [case.series for case in faulty], count))
    return tally


def _scored(scorer: PointScorer, series: list[Series], progress: Callable[[int], None]) -> dict[str, list[Pages]]:
    """Score series under every sensitivity, all side by side."""
    series_policies = [series_policy for series_policy in BUDGETS.values() for _ in series]
    found = score(scorer, series * len(BUDGETS), series_policies, progress)
    return {name: found[at * len(series) : (at + 1) * len(series)] for at, name in enumerate(BUDGETS)}


def _add_calm(tally: Tally, interval: str, cases: Sequence[Calm], found: dict[str, list[Pages]]) -> None:
    for sensitivity, pages in found.items():
        by_kind: dict[str, list[Pages]] = defaultdict(list)
        for case, each in zip(cases, pages, strict=True):
            by_kind[case.kind].append(each)
        for kind, of_kind in by_kind.items():
            tally.calm[interval, kind, sensitivity] = CalmTally.of(interval, of_kind)


def _add_faults(tally: Tally, cases: Sequence[Faulty], found: dict[str, list[Pages]]) -> None:
    for sensitivity, pages in found.items():
        by_fault: dict[tuple[str, int], list[tuple[Faulty, Pages]]] = defaultdict(list)
        for case, each in zip(cases, pages, strict=True):
            by_fault[case.fault, case.age].append((case, each))
        for (fault, age), of_fault in by_fault.items():
            planted, raised = zip(*of_fault, strict=True)
            tally.faults[fault, age, sensitivity] = FaultTally.of(planted, raised)
