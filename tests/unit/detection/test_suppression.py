"""Which alarms the rules of a series suppress: too small, or the other way."""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np
import pytest

from stream.detection.arrays import STATISTICS, Float64
from stream.detection.episodes.comparison import COMPARISON, AnomalyKind, Comparison, compare
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.evidence.fusion import EVIDENCE
from stream.detection.policy.expected import TOLERANCE_MS, WEEK_MS, ExpectedAnomaly
from stream.detection.policy.policy import Direction, SeriesPolicy
from stream.detection.policy.suppression import Suppression
from stream.detection.state.step_record import StepRecord
from tests.unit.detection.by_hand import key_of, policy_of
from tests.unit.detection.test_forecast_detector import make_detector, pattern, run, times_ms


def verdicts_on(series_policy: SeriesPolicy, *heights: float) -> Verdicts:
    """Score a familiar pattern around 100 in which, from point 300 on, these heights come instead."""
    detector = make_detector()
    detector.state.set_policies(np.array([0]), [series_policy])
    values: Float64 = pattern(330)
    values[300 : 300 + len(heights)] = heights
    return run(detector, times_ms(330), values)


def opened(verdicts: Verdicts) -> list[int]:
    return [each.row for each in verdicts.transitions if each.change == Change.OPEN]


@cache
def suppressed() -> Verdicts:
    """Score a jump to 400 that is too small for a rule."""
    return verdicts_on(SeriesPolicy(min_deviation=400.0), 400.0)


@cache
def opens() -> list[bool]:
    """Score the same jump under every treatment of `POLICIES`, side by side; whether an episode opens with it."""
    detector, slots = make_detector(), np.arange(len(POLICIES))
    detector.state.set_policies(slots, [series_policy for series_policy, _ in POLICIES])
    values: Float64 = pattern(330)
    values[300] = 400.0
    verdicts = detector.score(np.tile(slots, 330), np.repeat(times_ms(330), len(slots)), np.repeat(values, len(slots)))
    rows = opened(verdicts)
    assert {row // len(slots) for row in rows} == {300}
    return [slot in {int(verdicts.slot[row]) for row in rows} for slot in slots.tolist()]


POLICIES = [
    (SeriesPolicy(), True),
    (SeriesPolicy(min_deviation=200.0), True),
    (SeriesPolicy(min_deviation=400.0), False),
    (SeriesPolicy(min_deviation_share=1.5), True),
    (SeriesPolicy(min_deviation_share=5.0), False),
    (SeriesPolicy(min_deviation=200.0, min_deviation_share=5.0), False),
    (SeriesPolicy(direction=Direction.ABOVE), True),
    (SeriesPolicy(direction=Direction.BELOW), False),
    # A jump passes a deviation that it reaches, whatever evidence leads.
    *((SeriesPolicy(min_deviation=least), True) for least in (50.0, 100.0, 280.0)),
]


@pytest.mark.parametrize("at", range(len(POLICIES)), ids=[str(series_policy) for series_policy, _ in POLICIES])
def test_an_alarm_opens_an_episode_if_it_is_far_enough_and_the_right_way(at: int) -> None:
    assert opens()[at] == POLICIES[at][1]


def test_the_points_of_a_suppressed_alarm_are_suppressed() -> None:
    outcome = suppressed().outcome
    assert set(outcome[300:302]) == {Outcome.SUPPRESSED}
    assert set(outcome[100:300]) == {Outcome.NORMAL}


def test_what_is_suppressed_is_counted_by_its_reason() -> None:
    small = suppressed()
    assert [small.n_suppressed[reason] for reason in (Suppression.MIN_DEVIATION, Suppression.DIRECTION)] == [1, 0]
    other = verdicts_on(SeriesPolicy(direction=Direction.BELOW), 400.0)
    assert [other.n_suppressed[reason] for reason in (Suppression.MIN_DEVIATION, Suppression.DIRECTION)] == [0, 1]


def test_what_begins_small_opens_an_episode_when_it_has_grown() -> None:
    assert opened(verdicts_on(SeriesPolicy(min_deviation=200.0), 150.0, 170.0, 500.0)) == [302]


def test_a_fall_right_after_a_rise_that_was_suppressed_is_not_lost() -> None:
    verdicts = verdicts_on(SeriesPolicy(direction=Direction.BELOW), 400.0, -300.0, -300.0, -300.0)
    (row,) = opened(verdicts)
    assert row in (301, 302, 303)
    assert verdicts.transitions[0].direction == -1


def test_the_rules_change_no_score() -> None:
    plain, strict = verdicts_on(SeriesPolicy(), 400.0), suppressed()
    assert plain.score.tobytes() == strict.score.tobytes()


def compared_by(leading: str, usual: float | None) -> Comparison:
    """Compare 150 where 149 was expected, if this evidence leads and this is usual at the hour."""
    detector = make_detector()
    run(detector, times_ms(60), np.linspace(0, 200, 60))
    state, slots, now_s = detector.state, np.array([0]), times_ms(1, 60) / 1000.0
    state.profile[0] = 0
    if usual is not None:
        place = (usual - state.x0[0]) / np.ldexp(1.0, state.exponent[0, 0]) - state.base[0, 0]
        state.profile[0], state.profile_error[0], state.centre_error[0] = round(place * 256), 0.1, 1.0
    scores = detector._scorer.score(slots, now_s, np.array([150.0]))
    loudest = (np.array(EVIDENCE) == leading).astype(np.float32)
    statistics, (moment, quiet), (record,) = loudest[: len(STATISTICS)], loudest[len(STATISTICS) :], scores.step_records
    record["contributions"], record["record_score"] = statistics, statistics.sum()
    record["tail_score"], record["seasonal_score"], record["variability_score"] = 0, moment, quiet
    record["distances"], record["expected"] = 0, 149.0
    compared = cast(Comparison, np.zeros(1, COMPARISON).view(np.recarray)[0])
    of_record = cast(StepRecord, scores.step_records.view(np.recarray)[0])
    compare(key_of(state), policy_of(state), of_record, float(now_s[0]), 150.0, 0.99, compared)
    return compared


def deviation_by(leading: str, usual: float | None) -> float:
    compared = compared_by(leading, usual)
    return compared.observed - compared.expected


def test_what_is_wrong_at_its_moment_is_off_by_what_is_usual_then() -> None:
    assert deviation_by("moment", usual=90.0) == pytest.approx(60, abs=1)
    assert deviation_by("moment", usual=None) == 1
    assert deviation_by("value", usual=90.0) == 1


@pytest.mark.parametrize("leading", ["value", "residual_3", "level", "moment"])
def test_what_a_rule_asks_for_is_held_against_the_largest_deviation_of_all(leading: str) -> None:
    assert compared_by(leading, usual=90.0).largest >= 59
    assert compared_by(leading, usual=90.0).largest == compared_by("value", usual=90.0).largest


def expecting(kind: AnomalyKind, until: int = 329) -> SeriesPolicy:
    """Expect an anomaly of this kind each week, up to a point."""
    end_ms = int(times_ms(330)[until]) - WEEK_MS - TOLERANCE_MS
    return SeriesPolicy(expected=(ExpectedAnomaly(int(kind), end_ms, end_ms),))


def test_an_expected_anomaly_is_counted_and_publishes_nothing() -> None:
    found = verdicts_on(expecting(AnomalyKind.ABOVE), 400.0, 400.0)
    assert found.transitions == []
    assert found.n_suppressed[Suppression.EXPECTED] == 1
    assert found.outcome[300] == Outcome.SUPPRESSED


def test_an_anomaly_of_another_kind_or_at_another_time_is_as_without_the_verdict() -> None:
    plain = verdicts_on(SeriesPolicy(), 400.0, 400.0)
    assert opened(plain) == [300]
    for other in (expecting(AnomalyKind.BELOW), expecting(AnomalyKind.STUCK), expecting(AnomalyKind.ABOVE, 299)):
        assert verdicts_on(other, 400.0, 400.0).transitions == plain.transitions


def test_an_expected_anomaly_that_lasts_longer_opens_then_and_has_begun_before() -> None:
    found = verdicts_on(expecting(AnomalyKind.ABOVE, until=301), *[400.0 + n for n in range(6)])
    first = found.transitions[0]
    assert (first.change, first.row, first.start_ms) == (Change.OPEN, 302, int(times_ms(330)[300]))
    assert found.transitions[-1].change == Change.CLOSE


def test_another_fault_during_an_expected_anomaly_is_an_episode_of_its_own() -> None:
    usual = pattern(330)[301:310].tolist()
    found = verdicts_on(expecting(AnomalyKind.ABOVE), 400.0, *usual, -9000.0, -9000.0)
    first = found.transitions[0]
    assert (first.change, first.start_ms, first.direction) == (Change.OPEN, int(times_ms(330)[310]), -1)


def test_an_expected_anomaly_that_returns_soon_publishes_no_reopening() -> None:
    usual = pattern(330)[301:316].tolist()
    assert verdicts_on(expecting(AnomalyKind.ABOVE), 400.0, *usual, 400.0).transitions == []
