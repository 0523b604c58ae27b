"""Sentences hold for what they say: on recorded, contextual and calm series no event contradicts itself."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from stream.detection.backtest import ScoredSeries, Series, backtest
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.transition import Change, Transition
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.policy.budget import Budget
from stream.events.explanation import explain
from stream.model import Bundle
from training.evaluation.calm.kinds import KINDS
from training.evaluation.context.suite import draw
from training.evaluation.nab.corpus import read_corpus

START_MS = 1_700_000_000_000
N_CALM = 3_000
SLOW_S = 900
LONGEST = 4_100
"""Points of a series that is played as a whole; a longer one is played in parts of equal length."""
OVER = (Change.CLOSE, Change.PASSED)
"""Changes whose events hold the forecast's band, in which the value is by then."""

Event = tuple[Transition, str]
"""A change of an episode, and its sentence."""


def contextual() -> list[Series]:
    cases = [case for case in draw(3, 0) if case.fault and case.interval_s >= SLOW_S][:10]
    return [Series(np.rint(1000 * case.timestamps_s).astype(np.int64), case.values) for case in cases]


def calm() -> list[Series]:
    times_s = 60.0 * np.arange(N_CALM, dtype=np.float64)
    times_ms = START_MS + np.rint(1000 * times_s).astype(np.int64)
    return [Series(times_ms, kind(np.random.default_rng(5), times_s)) for kind in KINDS.values()]


def recorded(nab: Path, name: str = "") -> list[Series]:
    """Return the shipped series whose names hold a text."""
    parts = []
    for file in read_corpus(nab):
        if name in file.name:
            n_parts = -(-file.n_rows // LONGEST)
            cut = np.array_split(file.timestamps_ms, n_parts), np.array_split(file.values, n_parts)
            parts += [Series(*part) for part in zip(*cut, strict=True)]
    return parts


@pytest.fixture(scope="module")
def published(nab: Path) -> dict[str, list[Event]]:
    """Score all series side by side, at the highest sensitivity: the more events the better. The events of each suite.

    A step of many series costs little more than a step of one.
    """
    suites = {"taxi": recorded(nab, "nyc_taxi"), "recorded": recorded(nab), "contextual": contextual(), "calm": calm()}
    detector = ForecastDetector(
        RecurrentForecaster(Bundle.default().forecaster()), Policy(false_alarms=Budget(points=5_000))
    )
    found = iter(backtest(detector, [each for series in suites.values() for each in series]))
    return {suite: [event for _ in series for event in events_of(next(found))] for suite, series in suites.items()}


def events_of(scored: ScoredSeries) -> list[Event]:
    return [(each, explain(each, float(scored.actual[each.row]))) for each in scored.transitions]


@pytest.fixture(params=["recorded", "contextual", "calm"])
def events(request: pytest.FixtureRequest, published: dict[str, list[Event]]) -> list[Event]:
    """Return what is published of the series of one suite."""
    return published[request.param]


def test_there_is_something_to_look_at(events: list[Event]) -> None:
    assert sum(each.change == Change.OPEN for each, _ in events) >= 5


def test_no_event_puts_what_alarmed_inside_its_own_range(events: list[Event]) -> None:
    for each, sentence in events:
        assert each.facts is not None
        inside = each.lower <= each.facts.observed <= each.upper
        assert each.change in OVER or not inside, sentence


def test_no_event_denies_its_direction(events: list[Event]) -> None:
    for each, sentence in events:
        assert each.facts is not None
        if each.change not in OVER:
            assert (each.facts.observed >= each.expected) == (each.direction > 0), sentence
            denied = ("above", "up from", " times ") if each.direction < 0 else ("below", "down from")
            assert not any(words in sentence.partition(";")[0] for words in denied), sentence


def test_that_it_lasts_is_said_only_at_the_boundary(events: list[Event]) -> None:
    assert all(each.score >= 1 for each, _ in events if each.change == Change.REMINDER)


def test_no_range_lies_below_0_of_a_series_that_never_did(published: dict[str, list[Event]]) -> None:
    assert len(published["taxi"]) >= 5
    assert all(each.expected >= 0 and not each.lower < 0 for each, _ in published["taxi"])


def test_every_number_of_a_sentence_can_be_read(events: list[Event]) -> None:
    for each, sentence in events:
        assert "nan" not in sentence, sentence
        assert "inf" not in sentence.replace("information", ""), sentence
        assert math.isfinite(each.expected), sentence
