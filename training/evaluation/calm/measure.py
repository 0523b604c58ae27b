"""Measuring: the suite's series through the product's detector, each under every sensitivity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.detection.backtest import PointScorer, Series
from training.evaluation.calm.suite import LENGTHS, Calm, Faulty, draw_calm, draw_faulty
from training.evaluation.calm.tally import CalmTally, FaultTally, Tally
from training.evaluation.pages import BUDGETS, Pages, score

NewScorer = Callable[[], PointScorer]


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
