"""The detector: order of points, gaps, warm-up, episodes, and independence from the batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.arrays import Float32, Float64, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.timing import RESOLVE_AFTER
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.points.timeline import NOTE_IMPUTED, NOTE_LATE
from stream.detection.policy.budget import Budget
from stream.detection.scoring.batch import Batch
from tests.plain.stepwise import Stepwise

STEP_MS = 60_000
START_MS = 1_700_000_000_000
POLICY = Policy(warmup=100, update_interval_ms=10 * STEP_MS, bands=True, false_alarms=Budget(points=5_000))


class LastValue(Stepwise):
    """Forecasts the value just seen."""

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        return np.zeros((len(inputs), 9), np.float32), h, c


def make_detector(policy: Policy = POLICY, n_slots: int = 4) -> ForecastDetector:
    detector = ForecastDetector(RecurrentForecaster(LastValue()), policy)
    detector.state.grow(n_slots)
    return detector


def times_ms(n: int, start: int = 0) -> Int64:
    return START_MS + STEP_MS * np.arange(start, start + n, dtype=np.int64)


def pattern(n: int, start: int = 0) -> Float64:
    """A pattern of 20 points over and over: nothing in it is new after a few rounds."""
    pattern = np.random.default_rng(0).uniform(90, 110, 20)
    return np.resize(np.roll(pattern, -start), n)


def run(detector: ForecastDetector, timestamps_ms: Int64, values: Float64, slot: int = 0) -> Verdicts:
    return detector.score(np.full(len(values), slot, np.int64), timestamps_ms, values)


def test_a_batch_holds_the_points_of_a_key_side_by_side_in_their_order() -> None:
    slots, values = np.array([5, 5, 2, 5, 2], np.int64), np.arange(5.0)
    detector = make_detector()
    batch = Batch(slots, START_MS / 1000 + values, values, detector._scorer.warmups, detector.state)
    assert batch.runs[["slot", "next", "end"]].tolist() == [(2, 0, 2), (5, 2, 5)]
    assert batch.points["value"].tolist() == [2, 4, 0, 1, 3]
    assert batch.in_order(batch.points["value"]).tolist() == values.tolist()


def test_points_before_the_warm_up_is_over_have_no_score() -> None:
    verdicts = run(make_detector(), times_ms(150), pattern(150))
    assert list(verdicts.outcome) == [Outcome.WARMING] * 100 + [Outcome.NORMAL] * 50
    assert np.isnan(verdicts.score[:100]).all()
    assert np.isfinite(verdicts.score[100:]).all()


def test_the_first_point_has_no_forecast() -> None:
    verdicts = run(make_detector(), times_ms(3), pattern(3))
    assert np.isnan(verdicts.expected[0])
    assert np.isfinite(verdicts.expected[1:]).all()


def test_a_repeated_timestamp_is_a_duplicate_and_changes_nothing() -> None:
    detector = make_detector()
    run(detector, times_ms(120), pattern(120))
    before = detector.state.pack(np.array([0])).tobytes()
    verdicts = run(detector, times_ms(1, start=119), np.array([1e6]))
    assert list(verdicts.outcome) == [Outcome.DUPLICATE]
    assert detector.state.pack(np.array([0])).tobytes() == before


def test_an_older_point_is_late_and_not_scored() -> None:
    detector = make_detector()
    run(detector, times_ms(120), pattern(120))
    verdicts = run(detector, times_ms(1, start=50), np.array([1e6]))
    assert list(verdicts.outcome) == [Outcome.LATE]
    assert detector.state.t[0] == 120
    assert detector.state.notes[0] == NOTE_LATE


def test_two_missing_points_are_imputed() -> None:
    detector = make_detector()
    run(detector, times_ms(120), np.full(120, 100.0))
    verdicts = run(detector, times_ms(1, start=122), np.array([100.0]))
    assert (verdicts.n_gaps, verdicts.n_imputed) == (1, 2)
    assert detector.state.t[0] == 123
    assert list(verdicts.outcome) == [Outcome.NORMAL]


def test_a_long_gap_makes_the_key_warm_up_again() -> None:
    detector = make_detector()
    run(detector, times_ms(150), pattern(150))
    verdicts = run(detector, times_ms(30, start=200), pattern(30))
    assert (verdicts.n_gaps, verdicts.n_imputed) == (1, 0)
    assert list(verdicts.outcome) == [Outcome.WARMING] * POLICY.rewarm + [Outcome.NORMAL] * (30 - POLICY.rewarm)


def test_an_irregular_series_has_no_gaps() -> None:
    steps = np.random.default_rng(2).exponential(STEP_MS, 400).astype(np.int64) + 1
    verdicts = run(make_detector(), START_MS + np.cumsum(steps), pattern(400))
    assert (verdicts.n_gaps, verdicts.n_imputed) == (0, 0)


BACK_AT = 310


def spike_run() -> tuple[Verdicts, Float64]:
    values = pattern(400)
    values[300:BACK_AT] = 400
    return run(make_detector(), times_ms(400), values), values


def back_inside(verdicts: Verdicts) -> int:
    """Return the row from which on the last episode was back inside for good."""
    return int(np.searchsorted(times_ms(400), verdicts.transitions[-1].end_ms or 0))


def test_a_spike_opens_one_episode_that_closes_when_it_has_been_calm_for_a_while() -> None:
    verdicts, _ = spike_run()
    opened, *updates, closed = verdicts.transitions
    assert (opened.change, opened.row, closed.change) == (Change.OPEN, 300, Change.CLOSE)
    assert {update.change for update in updates} <= {Change.ESCALATED, Change.REMINDER}
    assert closed.row == BACK_AT + RESOLVE_AFTER - 1
    assert closed.end_ms == times_ms(1, start=BACK_AT)[0]


def test_an_episode_says_what_was_expected_and_which_way_it_went() -> None:
    verdicts, values = spike_run()
    opened = verdicts.transitions[0]
    assert opened.direction == 1
    assert abs(opened.expected - values[299]) < 1e-5
    assert opened.lower < opened.expected < opened.upper
    assert abs(sum(opened.shares) - 1) < 1e-5
    assert opened.start_ms == times_ms(1, start=300)[0]


def test_the_points_of_an_episode_are_anomalous_up_to_its_end() -> None:
    verdicts, _ = spike_run()
    assert set(verdicts.outcome[300:BACK_AT]) == {Outcome.ANOMALOUS}
    assert verdicts.outcome[-1] == Outcome.NORMAL


def test_an_alarm_after_missing_points_carries_the_note() -> None:
    detector = make_detector()
    run(detector, times_ms(300), pattern(300))
    verdicts = run(detector, times_ms(1, start=302), np.array([500.0]))
    assert verdicts.transitions[0].notes == NOTE_IMPUTED


def test_no_alarm_is_raised_while_warming_up_again() -> None:
    detector = make_detector()
    run(detector, times_ms(300), pattern(300))
    verdicts = run(detector, times_ms(1, start=400), np.array([500.0]))
    assert verdicts.transitions == []


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 2**32 - 1), st.data())
def test_the_verdicts_of_a_key_do_not_depend_on_batch_mates_or_on_where_calls_are_cut(
    order: list[int], seed: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    warm = np.tile(np.arange(4), 60)
    slots = np.concatenate([warm, np.array(order)]).astype(np.int64)
    timestamps_ms = START_MS + STEP_MS * np.arange(len(slots), dtype=np.int64)
    values = rng.normal(0, 3, len(slots)) * np.where(rng.random(len(slots)) < 0.02, 50, 1)
    together = make_detector()
    whole = together.score(slots, timestamps_ms, values)
    apart = make_detector()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(slots) - 1), max_size=5)))
    pieces = [
        apart.score(*piece)
        for piece in zip(*(np.split(column, cuts) for column in (slots, timestamps_ms, values)), strict=True)
    ]
    assert np.concatenate([piece.score for piece in pieces]).tobytes() == whole.score.tobytes()
    assert np.concatenate([piece.upper for piece in pieces]).tobytes() == whole.upper.tobytes()
    assert apart.state.pack(np.arange(4)).tobytes() == together.state.pack(np.arange(4)).tobytes()
