"""The detector's behaviour as its users see it."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import N_OUTPUTS, Float32, Float64
from stream.detection.evidence.fusion import EVIDENCE
from stream.detection.evidence.scores import Scores
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.policy.budget import FEWEST, REFERENCE
from stream.detection.scoring.scorer import AnomalyScorer
from tests.plain.stepwise import Stepwise
from tests.unit.detection.streams import INTERVAL_S, START_S, Echo, streams, times_s

WARMUP = 200
DAY = 48
SLOT = np.array([0])


class Inputs(Stepwise):
    """Forecasts the value just seen and keeps the inputs of each record."""

    def __init__(self) -> None:
        self.inputs: list[Float32] = []

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.inputs.append(inputs[0])
        return np.zeros((len(inputs), N_OUTPUTS), np.float32), h, c


def run(
    values: Float64,
    warmup: int = WARMUP,
    slow_warmup: int = WARMUP,
    interval_s: float = INTERVAL_S,
    budget: float = REFERENCE,
) -> tuple[AnomalyScorer, list[Scores]]:
    """Feed values, half an hour apart, to one key."""
    detector = AnomalyScorer(RecurrentForecaster(Echo()), warmup=warmup, slow_warmup=slow_warmup, capacity=1)
    times = times_s(len(values), interval_s=interval_s)
    budgets = np.array([budget])
    scores = [detector.score(SLOT, now, value, budgets) for now, value in zip(times, values[:, None], strict=True)]
    return detector, scores


def pattern(n: int) -> Float64:
    """A day of 48 values over and over, with a little noise."""
    noise = np.random.default_rng(0).normal(size=n)
    return 50 + 20 * np.sin(np.arange(n) * 2 * np.pi / DAY) + noise


def test_a_value_never_seen_is_an_alarm() -> None:
    values = pattern(400)
    values[390] = 200
    _, scores = run(values)
    assert [t for t, score in enumerate(scores) if score.alarm[0]] == [390]
    assert scores[390].score[0] > 1
    assert scores[390].shares()[0].argmax() == 0 or scores[390].surprise[0, 0] == 20


def test_no_alarm_is_published_while_a_key_is_warming() -> None:
    values = pattern(WARMUP + 1)
    values[150] = 500
    _, scores = run(values)
    assert scores[150].score[0] > 1
    assert not any(score.alarm[0] for score in scores[:WARMUP])
    assert [bool(score.warming[0]) for score in scores[-2:]] == [True, False]


@pytest.mark.parametrize("interval_s", [1800.0, 3600.0, 86_400.0])
def test_a_slow_key_is_scored_from_its_64th_record_on(interval_s: float) -> None:
    values = pattern(120)
    values[100] = 200
    _, scores = run(values, slow_warmup=64, interval_s=interval_s, budget=FEWEST)
    assert [bool(score.warming[0]) for score in scores].index(False) == 64
    assert [t for t, score in enumerate(scores) if score.alarm[0]] == [100]


def test_a_fast_key_is_not() -> None:
    _, scores = run(pattern(120), slow_warmup=64, interval_s=600.0)
    assert all(score.warming[0] for score in scores)


def test_an_absurd_value_is_reported_but_not_learned() -> None:
    values = pattern(300)
    values[250] = 1e9
    detector, scores = run(values)
    assert scores[250].absurd[0]
    assert scores[250].surprise[0, 0] == 20
    assert detector.state.high[0, 0] < 50


def test_a_lasting_shift_is_accepted_after_some_ten_records() -> None:
    values = pattern(300)
    values[250:] += 20_000
    _, scores = run(values)
    absurd = [bool(score.absurd[0]) for score in scores[250:]]
    n_absurd = absurd.index(False)
    assert 5 <= n_absurd <= 20
    assert not any(absurd[n_absurd:])


def test_a_constant_series_has_no_evidence() -> None:
    _, scores = run(np.full(300, 42.0))
    assert all(score.score[0] == 0 for score in scores)
    assert all(not score.shares().any() for score in scores)


def test_shares_add_up_to_one_where_there_is_evidence() -> None:
    _, scores = run(streams(300, 1, seed=3)[:, 0])
    totals = np.array([score.shares().sum() for score in scores])
    evidence = np.array([score.score[0] > 0 for score in scores])
    assert evidence.any()
    np.testing.assert_allclose(totals, evidence, atol=1e-6)


def test_the_profile_comes_on_when_days_repeat() -> None:
    model = Inputs()
    detector, values = AnomalyScorer(RecurrentForecaster(model), capacity=1), pattern(20 * DAY)
    for now, value in zip(times_s(len(values)), values[:, None], strict=True):
        detector.score(SLOT, now, value)
    day_on, week_on = np.array(model.inputs)[:, [6, 9]].T
    assert not day_on[:DAY].any()
    assert day_on[-DAY:].all()
    assert not week_on[: 7 * DAY].any()


def weeks(n: int, *, interval_s: float = 3600.0, weekend: float = 1.0) -> Float64:
    """A daily rhythm with noise, from a Tuesday evening on; at weekends its amplitude is another."""
    now_s = times_s(n, interval_s=interval_s)[:, 0]
    amplitude = np.where(np.isin(now_s // 86_400 % 7, (2, 3)), weekend, 1.0)
    noise = np.random.default_rng(1).normal(size=n)
    return 50 + 20 * amplitude * np.sin((now_s - START_S) * 2 * np.pi / 86_400) + noise


class Sure(Stepwise):
    """Forecasts what is usual, and is sure of it far ahead."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        outputs = np.zeros((len(inputs), N_OUTPUTS), np.float32)
        outputs[:, -1] = -2.5
        return outputs, h, c


def alarms_of(values: Float64, interval_s: float = 3600.0) -> dict[int, str]:
    """Feed values to one key; give its alarms and the kind of evidence that counts most in each."""
    detector, found = AnomalyScorer(RecurrentForecaster(Sure()), capacity=1), {}
    for t, (now, value) in enumerate(zip(times_s(len(values), interval_s=interval_s), values[:, None], strict=True)):
        scores = detector.score(SLOT, now, value)
        if scores.alarm[0]:
            found[t] = EVIDENCE[int(scores.shares()[0].argmax())]
    return found


def test_a_key_stuck_at_one_value_is_heard_although_every_value_was_seen_before() -> None:
    values, stuck_t = weeks(2200), 2100
    values[stuck_t:] = values[stuck_t]
    alarms = alarms_of(values)
    assert stuck_t < min(alarms) < stuck_t + 24
    assert "quiet" in alarms.values()


def test_a_sunday_in_the_middle_of_the_week_is_heard_although_every_hour_of_it_was_seen_before() -> None:
    values, sunday_t, tuesday_t = weeks(840, weekend=0.3), 602, 650
    values[tuesday_t : tuesday_t + 24] = values[sunday_t : sunday_t + 24]
    alarms = alarms_of(values)
    assert tuesday_t < min(alarms) < tuesday_t + 24
    assert alarms[min(alarms)] == "moment"


def test_the_first_weekend_of_a_key_is_no_alarm() -> None:
    assert alarms_of(weeks(600, interval_s=900.0, weekend=1.7), interval_s=900.0) == {}


def test_values_beyond_single_precision_do_not_break_a_key() -> None:
    values = pattern(300)
    values[[0, 10, 20, 270]] = 1e300, 1e300, -1e300, -1e300
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        _, scores = run(values)
    assert np.isfinite([score.score[0] for score in scores]).all()
    assert np.isfinite([score.expected[0] for score in scores[1:]]).all()


def test_the_input_arrays_are_left_as_they_were() -> None:
    slots, now, values = np.array([1, 0]), times_s(1, 2)[0], np.array([3.0, 4.0])
    copies = slots.copy(), now.copy(), values.copy()
    AnomalyScorer(RecurrentForecaster(Echo()), capacity=2).score(slots, now, values)
    for given, copy in zip((slots, now, values), copies, strict=True):
        np.testing.assert_array_equal(given, copy)


def test_a_negative_warm_up_is_refused() -> None:
    with pytest.raises(ValueError, match="got -1"):
        AnomalyScorer(RecurrentForecaster(Echo()), warmup=-1)


@pytest.mark.parametrize("slot", [2, 1_000_000])
def test_a_slot_that_there_is_no_room_for_is_refused(slot: int) -> None:
    detector = AnomalyScorer(RecurrentForecaster(Echo()), capacity=2)
    with pytest.raises(IndexError, match="out of bounds"):
        detector.score(np.array([slot]), times_s(1)[0], np.array([1.0]))


def test_a_damaged_record_is_an_error_and_reaches_no_other_memory() -> None:
    detector = AnomalyScorer(RecurrentForecaster(Echo()), capacity=2)
    detector.score(SLOT, times_s(1)[0], np.array([1.0]))
    detector.state.slot[0], detector.state.slot_count[0] = 1e6, 1
    before = detector.state.pack(np.array([1])).tobytes()
    with pytest.raises(IndexError, match="out of bounds"):
        detector.score(SLOT, times_s(2)[1], np.array([1.0]))
    assert detector.state.pack(np.array([1])).tobytes() == before


def test_whole_numbers_and_views_are_scored_as_their_floats() -> None:
    whole, times = np.arange(60).reshape(30, 2)[:, 0], times_s(30)[:, 0].astype(np.int64)
    scored = []
    for kind in (np.int64, np.float64):
        detector = AnomalyScorer(RecurrentForecaster(Echo()), warmup=0, capacity=1)
        points = zip(times.astype(kind)[:, None], whole.astype(kind)[:, None], strict=True)
        scored.append([detector.score(SLOT, *point).expected[0] for point in points])
    np.testing.assert_array_equal(scored[0], scored[1])
