"""Transforms: counters judged by their rate, growth by its logarithm, in the state of the key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.arrays import Float64, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.points.timeline import NOTE_RESET
from stream.detection.points.transform import apply, undo
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import SeriesPolicy, Transform
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.by_hand import key_of
from tests.unit.detection.streams import Echo

START_MS = 1_700_000_000_000
SLOT = np.array([0])
LOG, RATE = SeriesPolicy(Transform.LOG), SeriesPolicy(Transform.RATE)
values_of_any_size = st.floats(-1e18, 1e18) | st.floats(-1e-290, 1e-290)
values_of_one_size = st.floats(1e-3, 1e18) | st.floats(-1e18, -1e-3) | st.just(0.0)


def make_detector(*series_policies: SeriesPolicy) -> ForecastDetector:
    detector = ForecastDetector(
        RecurrentForecaster(Echo()), Policy(warmup=100, bands=True, false_alarms=Budget(points=5_000))
    )
    detector.state.set_policies(np.arange(len(series_policies)), series_policies)
    return detector


def times_ms(n: int, start: int = 0) -> Int64:
    return START_MS + 60_000 * np.arange(start, start + n)


def run(detector: ForecastDetector, values: Float64, start: int = 0, slot: int = 0) -> Verdicts:
    return detector.score(np.full(len(values), slot), times_ms(len(values), start), values)


def rates(n: int) -> Float64:
    return np.random.default_rng(0).gamma(4, 25, 400).round()[:n]


def counter(n: int) -> Float64:
    """A counter of the rates, reset at its 150th and 300th point."""
    lives = np.split(60 * rates(400), [150, 300])
    return np.concatenate([life.cumsum() for life in lives])[:n]


def test_a_counter_is_judged_as_its_rate_would_be() -> None:
    verdicts = run(make_detector(RATE), counter(140))
    alone = run(make_detector(), rates(140)[1:], start=1)
    np.testing.assert_allclose(verdicts.actual[1:], rates(140)[1:], rtol=1e-12)
    np.testing.assert_array_equal(verdicts.score[1:], alone.score)
    np.testing.assert_array_equal(verdicts.upper[1:], alone.upper)
    assert set(verdicts.transform) == {Transform.RATE}


def test_the_first_point_of_a_counter_has_no_rate_and_is_warming() -> None:
    verdicts = run(make_detector(RATE), counter(2))
    assert np.isnan([verdicts.actual[0], verdicts.expected[0]]).all()
    assert list(verdicts.outcome) == [Outcome.WARMING, Outcome.WARMING]


def test_a_reset_has_no_rate_and_is_neither_a_gap_nor_an_anomaly() -> None:
    detector = make_detector(RATE)
    verdicts = run(detector, counter(400))
    assert list(np.flatnonzero(verdicts.outcome == Outcome.RESET)) == [150, 300]
    assert np.isnan(verdicts.actual[[150, 300]]).all()
    assert (verdicts.n_gaps, verdicts.n_imputed, detector.state.t[0]) == (0, 0, 400 - 3)
    assert not (verdicts.outcome[295:320] == Outcome.ANOMALOUS).any()


def test_an_event_after_a_reset_says_so() -> None:
    detector = make_detector(RATE)
    run(detector, counter(301))
    assert detector.state.notes[0] == NOTE_RESET
    (opened,) = run(detector, np.array([5e9]), start=301).transitions
    assert opened.notes == NOTE_RESET


def test_a_second_point_of_the_time_of_a_counter_s_first_is_a_duplicate() -> None:
    detector = make_detector(RATE)
    verdicts = detector.score(np.zeros(3, np.int64), times_ms(3)[[0, 0, 1]], np.array([10.0, 99.0, 70.0]))
    assert list(verdicts.outcome) == [Outcome.WARMING, Outcome.DUPLICATE, Outcome.WARMING]
    assert verdicts.actual[2] == 1.0


def test_growth_under_log_is_judged_as_the_logarithm_and_told_in_the_metric_s_unit() -> None:
    values = 5 * np.exp(np.random.default_rng(1).normal(0, 0.1, 300).cumsum())
    verdicts = run(make_detector(LOG), values)
    np.testing.assert_array_equal(verdicts.actual, values)
    alone = run(make_detector(), np.arcsinh(values / (0.001 * values[0])))
    np.testing.assert_array_equal(verdicts.score, alone.score)
    assert (np.abs(np.log(verdicts.expected[1:] / values[:-1])) < 2).all()
    assert (verdicts.lower[1:] < verdicts.upper[1:]).all()


def logarithms(values: list[float]) -> tuple[DetectorState, Float64]:
    state = DetectorState(1)
    state.set_policies(SLOT, [LOG])
    each = [apply(key_of(state), float(at), value) for at, value in enumerate(values)]
    return state, np.array([scored.value for scored in each])


@given(st.lists(values_of_any_size, min_size=1, max_size=20))
def test_every_value_has_a_finite_logarithm_in_its_order(values: list[float]) -> None:
    _, logs = logarithms(values)
    assert np.isfinite(logs).all()
    assert (np.diff(logs[np.argsort(values, kind="stable")]) >= 0).all()


@given(st.lists(values_of_one_size, min_size=1, max_size=20))
def test_a_logarithm_is_told_as_the_value_it_was_made_of(values: list[float]) -> None:
    state, logs = logarithms(values)
    back = undo(state, 0, logs)
    np.testing.assert_allclose(back, values, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("cut", [1, 2, 150, 151, 230])
def test_where_a_call_is_cut_and_the_state_is_packed_changes_nothing(cut: int) -> None:
    values, whole, first, second = counter(250), make_detector(RATE), make_detector(RATE), make_detector(RATE)
    in_one = run(whole, values).score
    before = run(first, values[:cut]).score
    second.state.unpack(SLOT, first.state.pack(SLOT))
    np.testing.assert_array_equal(np.concatenate([before, run(second, values[cut:], start=cut).score]), in_one)
    assert second.state.pack(SLOT).tobytes() == whole.state.pack(SLOT).tobytes()


def test_keys_of_different_transforms_do_not_notice_each_other() -> None:
    together = make_detector(RATE, LOG, SeriesPolicy())
    slots = np.tile(np.arange(3), 200)
    score = together.score(slots, np.repeat(times_ms(200), 3), np.repeat(counter(200), 3)).score.reshape(-1, 3)
    for at, series_policy in enumerate((RATE, LOG, SeriesPolicy())):
        np.testing.assert_array_equal(score[:, at], run(make_detector(series_policy), counter(200)).score)
