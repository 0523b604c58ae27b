"""The evidence: four components of a score, and the largest counts."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import TAILS, Float32
from stream.detection.evidence import fusion
from stream.detection.evidence.fusion import (
    DAILY_CAUTION,
    EVIDENCE,
    MIN_NOVELTY,
    MIN_TAIL_EVIDENCE,
    MIN_TAIL_EVIDENCE_YOUNG,
    NOVELTY_WEIGHT,
    TAILS_FROM,
    WEEK_PROVED_S,
    WEEKLY_NOVELTY_WEIGHT,
    combine_scores,
)
from stream.detection.evidence.seasonal_deviation import SeasonalDeviation
from stream.detection.points.warmup import YOUNG
from stream.detection.policy.budget import RECORD_POWER, REFERENCE, record_threshold, tail_threshold, thresholds
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord
from tests.unit.detection.by_hand import new_key, step_record

FIFTH = np.float32(0.2)
NOW_S = 1.4e9
BUDGET = REFERENCE
WARMUP = 300


def proved_key() -> Key:
    """Make a key whose week has been of use for a day."""
    key = new_key()
    key.week_on_since_s = NOW_S - WEEK_PROVED_S
    return key


def slow_key() -> Key:
    """Make a key with an hour between its records."""
    key = proved_key()
    key.interval_s = np.float32(3600)
    return key


def score(record: StepRecord, key: Key | None = None, budget: float = BUDGET, /, **given: float) -> float:
    """Combine components, each given in units of its boundary; the five statistics have equal parts in the records."""
    named = {"novelty": 1e6, "surprise": 1.0, "trust": 1.0, "rarity": 1e6, "caution": 1.0, "t": TAILS_FROM} | given
    records, tails, moment, quiet = (named.get(name, 0.0) for name in ("records", "tails", "moment", "quiet"))
    record.t, record.novelty, record.rarity = int(named["t"]), named["novelty"], named["rarity"]
    record.caution = named["caution"]
    record.record_evidence, record.tail_evidence = records * record_threshold(BUDGET), tails * tail_threshold(BUDGET)
    record.contributions[:] = FIFTH if records else 0
    at_this_time = SeasonalDeviation(np.float32(moment), np.float32(named["surprise"]), np.float32(named["trust"]))
    combine_scores(key or proved_key(), NOW_S, WARMUP, thresholds(budget), at_this_time, np.float32(quiet), record)
    return record.score


def shares(record: StepRecord) -> Float32:
    """Return the part of each kind of evidence in the score of a record."""
    found: Float32 = fusion.shares(np.array([record]))[0]
    return found


@pytest.mark.parametrize("component", ["records", "tails", "moment", "quiet"])
def test_the_largest_component_is_the_score(component: str) -> None:
    others = {name: 1.0 for name in ("records", "tails", "moment", "quiet") if name != component}
    assert score(step_record(), **{component: 3.0}, **others) == pytest.approx(3)


@pytest.mark.parametrize("component", ["moment", "quiet"])
def test_moment_and_quiet_have_the_whole_share_when_they_are_the_largest(component: str) -> None:
    record = step_record()
    score(record, records=1.0, **{component: 3.0})
    assert dict(zip(EVIDENCE, shares(record), strict=True)) == {name: name == component for name in EVIDENCE}


def test_the_shares_of_the_records_are_those_of_their_statistics() -> None:
    record = step_record()
    score(record, records=4.0, moment=1.0, quiet=1.0)
    assert shares(record).tolist() == [FIFTH] * 5 + [0] * 2


@pytest.mark.parametrize(("tail", "kind"), [("value_low", "value"), ("level_high", "level"), ("unchanged", "quiet")])
def test_a_tail_has_the_share_of_the_statistic_it_is_of(tail: str, kind: str) -> None:
    record = step_record()
    record.tail = TAILS.index(tail)
    score(record, records=1.0, tails=2.0)
    assert dict(zip(EVIDENCE, shares(record), strict=True)) == {name: name == kind for name in EVIDENCE}


def test_two_half_suspicions_are_none() -> None:
    assert score(step_record(), records=0.6, tails=0.6, moment=0.6, quiet=0.6) < 1


def test_without_evidence_there_are_no_shares() -> None:
    record = step_record()
    assert score(record) == 0
    assert not shares(record).any()


def test_record_evidence_of_what_is_not_new_is_none() -> None:
    assert score(step_record(week=False), records=5.0, novelty=0.5) == pytest.approx(0.5 * NOVELTY_WEIGHT / MIN_NOVELTY)


def test_a_budget_of_more_alarms_asks_for_less_evidence() -> None:
    strict, loose = (score(step_record(), None, points, records=1.0) for points in (43_200, 5_000))
    assert loose == pytest.approx(strict * (43_200 / 5_000) ** RECORD_POWER)


def test_under_a_strict_budget_many_small_surprises_are_no_alarm() -> None:
    record = step_record(day=False, week=False)
    strict, loose = (
        score(record, None, points, records=3.0, rarity=MIN_TAIL_EVIDENCE / 2) for points in (43_200, 8_640)
    )
    assert strict == pytest.approx(0.5)
    assert loose > 3


@pytest.mark.parametrize("record", [step_record(), step_record(week=False), step_record(day=False, week=False)])
def test_under_a_loose_budget_records_need_not_be_rare(record: StepRecord) -> None:
    assert score(record, None, 8_640, records=3.0, rarity=MIN_TAIL_EVIDENCE_YOUNG / 2) > 2


def test_records_of_a_young_slow_key_without_a_rhythm_must_be_rare() -> None:
    record, given = step_record(day=False, week=False), {"records": 50.0, "rarity": MIN_TAIL_EVIDENCE_YOUNG / 2}
    assert score(record, slow_key(), 5_000, t=100, **given) == pytest.approx(0.5)
    assert score(record, None, 5_000, t=100, **given) > 3
    assert score(record, slow_key(), 5_000, t=WARMUP, **given) > 3
    assert score(step_record(), slow_key(), 5_000, t=100, **given) > 3


def test_before_its_warm_up_is_over_a_slow_key_needs_more_evidence_and_less_with_every_record() -> None:
    scores = [score(step_record(), slow_key(), records=1 + YOUNG, t=t) for t in (0, 64, 200, WARMUP)]
    assert scores == sorted(scores)
    assert scores[0] == pytest.approx(1)
    assert scores[-1] == pytest.approx(1 + YOUNG)
    assert score(step_record(), records=1 + YOUNG, t=64) == pytest.approx(1 + YOUNG)


def test_an_absurd_value_needs_no_tail() -> None:
    record = step_record()
    record.is_clipped = True
    assert score(record, records=3.0, rarity=0.0) == pytest.approx(3)


def test_records_need_more_evidence_where_caution_asks_for_it() -> None:
    assert score(step_record(), records=1.0, caution=1.25) == pytest.approx(0.8)


def test_a_key_of_which_days_alone_are_known_needs_more_evidence() -> None:
    assert score(step_record(week=False), records=1.0) == pytest.approx(1 / DAILY_CAUTION)
    assert score(step_record(day=False, week=False), records=1.0) == pytest.approx(1)
    assert score(step_record(week=False), slow_key(), records=1.0, t=0) == pytest.approx(1 / (1 + YOUNG))


def test_tails_of_a_young_key_do_not_alarm() -> None:
    record, key = step_record(), proved_key()
    record.t, record.tail_evidence = TAILS_FROM - 1, 1e3
    combine_scores(
        key,
        NOW_S,
        WARMUP,
        thresholds(BUDGET),
        SeasonalDeviation(np.float32(0), np.float32(1), np.float32(1)),
        np.float32(0),
        record,
    )
    assert record.score == 0


@pytest.mark.parametrize("component", ["moment", "quiet"])
def test_a_week_that_has_not_been_of_use_for_a_day_does_not_alarm(component: str) -> None:
    key = new_key()
    key.week_on_since_s = NOW_S - WEEK_PROVED_S + 1
    assert score(step_record(), key, **{component: 3.0}) == 0


def test_a_week_that_is_of_use_no_more_begins_anew() -> None:
    key = proved_key()
    assert score(step_record(week=False), key, moment=3.0) == 0
    assert score(step_record(), key, moment=3.0) == 0
    assert key.week_on_since_s == NOW_S


def test_a_first_weekend_needs_thrice_the_novelty() -> None:
    known, new = (score(step_record(week=False, hour_seen=each), records=1e6, novelty=3.0) for each in (True, False))
    assert known == pytest.approx(3 * new)


def test_a_key_without_a_rhythm_has_no_weekends() -> None:
    known, new = (score(step_record(day=False, hour_seen=each), records=1e6, novelty=3.0) for each in (True, False))
    assert known == new


def test_where_weeks_are_known_novelty_counts_less() -> None:
    known, unknown = (score(step_record(week=week), records=1e6, novelty=3.0) for week in (True, False))
    assert known / unknown == pytest.approx(WEEKLY_NOVELTY_WEIGHT)


def test_what_was_expected_long_before_is_less_new() -> None:
    calm, new = (score(step_record(), records=1e6, novelty=3.0, surprise=surprise) for surprise in (0.5, 1))
    assert calm == pytest.approx(new / 2)


@pytest.mark.parametrize("component", ["moment", "quiet"])
def test_while_a_rhythm_is_new_moment_and_quiet_count_less(component: str) -> None:
    new, known = (score(step_record(), trust=trust, **{component: 3.0}) for trust in (0.5, 1))
    assert new == pytest.approx(known / 2)
