"""The tendency: a counter that nobody named is noted in its events; nothing else is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from stream.detection.arrays import Float64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.points.counters import DECIDED_AFTER
from stream.detection.points.timeline import NOTE_COUNTER
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import SeriesPolicy, Transform
from tests.unit.detection.streams import Echo
from training.evaluation.awkward.kinds import KINDS

MAKERS = {kind.name: kind.make for kind in KINDS}
NO_COUNTERS = ("daily and noise", "random walk", "integer counts", "0 and 1", "sparse", "constant")
POLICY = Policy(warmup=300, false_alarms=Budget(points=5_000))
SEEDS = range(3)
N_POINTS = 900


def with_a_spike(values: Float64) -> Float64:
    """Let the last point be news to any series."""
    return np.append(values[:N_POINTS], 100 * np.abs(values).max() + 1)


def counter(seed: int) -> Float64:
    """Count up, with two resets."""
    lives = np.split(np.random.default_rng(seed).integers(0, 20, N_POINTS), [200, 500])
    return np.concatenate([life.cumsum() for life in lives]).astype(np.float64)


def noted(series: list[Float64], series_policy: SeriesPolicy) -> list[bool]:
    """Run series side by side, and say which of their last transitions note a counter."""
    detector, slots = ForecastDetector(RecurrentForecaster(Echo()), POLICY), np.arange(len(series))
    detector.state.set_policies(slots, [series_policy] * len(series))
    values = np.array([with_a_spike(each) for each in series]).T
    times_ms = 1_700_000_000_000 + 60_000 * np.arange(len(values))
    verdicts = detector.score(np.tile(slots, len(values)), np.repeat(times_ms, len(series)), values.ravel())
    last = {int(verdicts.slot[transition.row]): transition.notes for transition in verdicts.transitions}
    return [bool(last[int(slot)] & NOTE_COUNTER) for slot in slots]


@cache
def raw() -> dict[str, bool]:
    """Run all series as they are; which of them are noted as counters."""
    series = {kind: MAKERS[kind](np.random.default_rng(1)).values for kind in NO_COUNTERS}
    series |= {f"counter {seed}": counter(seed) for seed in SEEDS}
    return dict(zip(series, noted(list(series.values()), SeriesPolicy()), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_counter_with_resets_is_noted(seed: int) -> None:
    assert raw()[f"counter {seed}"]


@pytest.mark.parametrize("kind", NO_COUNTERS)
def test_what_is_no_counter_is_not_noted(kind: str) -> None:
    assert not raw()[kind]


def test_the_rate_of_a_counter_is_no_counter() -> None:
    values = np.random.default_rng(0).integers(0, 20, N_POINTS).cumsum().astype(np.float64)
    assert noted([values], SeriesPolicy(Transform.RATE)) == [False]


@cache
def transforms() -> dict[str, list[Transform]]:
    """Score series side by side; under which transform each point is."""
    series = {kind: MAKERS[kind](np.random.default_rng(1)).values[:N_POINTS] for kind in NO_COUNTERS}
    series |= {"counter": counter(1), "counter, turned off": counter(1)}
    hill = np.concatenate([np.arange(300.0), np.arange(300.0, 0.0, -1.0)])
    series["hill"] = np.pad(hill, (0, N_POINTS - len(hill)))
    detector, slots = ForecastDetector(RecurrentForecaster(Echo()), Policy(warmup=300)), np.arange(len(series))
    detector.state.set_policies(slots, [SeriesPolicy(counters="off" not in name) for name in series])
    times_ms = 1_700_000_000_000 + 60_000 * np.arange(N_POINTS)
    values = np.array(list(series.values())).T.ravel()
    verdicts = detector.score(np.tile(slots, N_POINTS), np.repeat(times_ms, len(series)), values)
    return {name: list(map(Transform, verdicts.transform[at :: len(series)])) for at, name in enumerate(series)}


def test_a_counter_is_scored_by_its_rate_from_the_200th_point_on() -> None:
    under = transforms()["counter"]
    assert set(under[:DECIDED_AFTER]) == {Transform.NONE}
    assert set(under[DECIDED_AFTER + 1 :]) == {Transform.RATE}


def test_a_rule_turns_that_off() -> None:
    assert set(transforms()["counter, turned off"]) == {Transform.NONE}


def test_what_rises_and_then_falls_slowly_is_no_counter_after_all() -> None:
    under = transforms()["hill"]
    assert under[250] == Transform.RATE
    assert set(under[310:]) == {Transform.NONE}


@pytest.mark.parametrize("kind", NO_COUNTERS)
def test_nothing_else_is_scored_by_a_rate(kind: str) -> None:
    assert set(transforms()[kind]) == {Transform.NONE}
