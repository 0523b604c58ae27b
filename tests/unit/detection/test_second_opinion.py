"""The compiled detector against the plain one: the same keys, the same model, the same answer at every stage."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import float32

from stream.detection.evidence.scores import Scores
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.scoring.training_features import model_inputs
from stream.detection.state.detector_state import DetectorState
from tests.plain.detector import Detector as PlainDetector
from tests.plain.detector import Verdict
from tests.plain.forecast import Ahead, GivenForecast, LstmForecast
from tests.plain.horizon import reach_of
from tests.plain.hull import Hull
from tests.plain.lstm import SmallLstm
from tests.plain.moments import Moments
from tests.plain.recording import AGED_S, N_AGED
from tests.plain.series import Series, series, weeks
from tests.plain.single import ZERO, Vector

# The same as for the recordings.
TOLERANCE = 5e-3
INPUT_TOLERANCE = 1e-3
# Of the largest value; a few units in the last place of single precision.
ROUNDING = 1e-6

SLOTS = [5, 2, 7, 0]
CAPACITY = 8
# Every so many records the keys age.
AGEING_PERIOD = 100

few_examples = settings(max_examples=6, deadline=None, derandomize=True, database=None)


@dataclass
class FollowedForecast:
    """Makes its own forecasts, but goes on with those of the other detector.

    Otherwise two forecasts that differ in their last digit could put an error into two neighbouring bins, and nothing
    after that could be compared.
    """

    forecast: LstmForecast
    other: float32 = ZERO
    own: float32 = ZERO

    def after(self, inputs: Vector, moments: Moments, hull: Hull) -> Ahead:
        """Keep the own forecast of the next record, return the other."""
        self.own, far, mixture = self.forecast.after(inputs, moments, hull)
        return Ahead(self.other, far, mixture)


class Key:
    """One key in both detectors."""

    def __init__(self, records: Series, slot: int, warmup: int) -> None:
        self.records = records
        self.slot = slot
        self.forecast = FollowedForecast(LstmForecast(SmallLstm().step_one))
        self.plain = PlainDetector(self.forecast, warmup)
        self.n_scored = 0
        self.alarms_comparable = True

    def next_record(self) -> tuple[float, float]:
        """Return time and value of the record that comes next."""
        return float(self.records.timestamps_s[self.n_scored]), float(self.records.values[self.n_scored])

    def age(self, state: DetectorState) -> None:
        """Make both detectors believe that they have seen many records more."""
        state.t[self.slot] += N_AGED
        self.plain.t += N_AGED

    def compare(self, scores: Scores, row: int, state: DetectorState) -> None:
        """Score the next record plainly; hold the other's row of scores and its state after the record against that."""
        peak = float(self.plain.alarm.peak)
        self.forecast.other = state.forecast[self.slot]
        verdict = self.plain.score(*self.next_record())
        self.n_scored += 1
        self._compare_stages(scores, row, verdict)
        self._compare_evidence(scores, row, verdict)
        self._compare_moment_and_quiet(state)
        self._compare_alarm(scores, row, verdict, peak)
        self._compare_state(state)
        self._compare_forecasts()

    def _compare_stages(self, scores: Scores, row: int, verdict: Verdict) -> None:
        hull = self.plain.maps.hull_of_x
        rounding = ROUNDING * max(abs(hull.lo), abs(hull.hi))
        statistics = [*verdict.statistics.single, verdict.statistics.half_mean]
        assert scores.absurd[row] == verdict.absurd
        assert np.abs(scores.statistics[row] - statistics).max() <= rounding
        assert np.abs(scores.distances[row] - verdict.distances).max() <= rounding
        assert np.abs(scores.surprise[row] - verdict.surprise).max() <= TOLERANCE
        assert abs(scores.novelty[row] - verdict.novelty) <= TOLERANCE
        np.testing.assert_equal(scores.expected[row], verdict.expected)

    def _compare_evidence(self, scores: Scores, row: int, verdict: Verdict) -> None:
        """Hold the scores against each other, and the shares where one component is clearly the largest."""
        *_, second, first = sorted(verdict.components)
        record = scores.step_records[row]
        assert abs(record["record_evidence"] - verdict.record_evidence) <= TOLERANCE
        assert abs(record["tail_evidence"] - verdict.tail_evidence) <= TOLERANCE
        assert abs(scores.score[row] - verdict.score) <= TOLERANCE
        if first - second > TOLERANCE or first == 0:
            assert np.abs(scores.shares()[row] - verdict.shares).max() <= TOLERANCE

    def _compare_moment_and_quiet(self, state: DetectorState) -> None:
        """Hold what is remembered of moment and quiet against each other."""
        moment, quiet = self.plain.moment, self.plain.inputs.quiet
        own = [moment.fast, moment.slow, moment.age, moment.excursion.highest, quiet.excursion.highest]
        names = ["moment_fast", "moment", "moment_age", "moment_high", "quiet_high"]
        others = [getattr(state, name)[self.slot] for name in names]
        np.testing.assert_allclose(others, own, rtol=0, atol=TOLERANCE)
        assert abs(state.change[self.slot] - quiet.change) <= ROUNDING * self.plain.inputs.moments.scale

    def _compare_alarm(self, scores: Scores, row: int, verdict: Verdict, peak: float) -> None:
        """Hold the alarms against each other until a score lies on a boundary: there rounding may decide them."""
        boundaries = np.array([1, max(1, 5 * peak)])
        self.alarms_comparable &= bool((np.abs(verdict.score - boundaries) > TOLERANCE).all())
        assert scores.warming[row] == verdict.warming
        assert scores.alarm[row] == verdict.alarm or not self.alarms_comparable

    def _compare_state(self, state: DetectorState) -> None:
        maps, interval_s = self.plain.maps, self.plain.inputs.interval_s
        assert state.rotation_t[self.slot] == maps.rotation_t
        assert state.exponent[self.slot].tolist() == [each.grid.exponent for each in maps.single]
        assert state.base[self.slot].tolist() == [each.grid.base for each in maps.single]
        assert state.occupied[self.slot].tolist() == [len(each.current | each.previous) for each in maps.single]
        assert state.pair_exponent[self.slot] == maps.pair.columns.exponent
        assert state.pair_base[self.slot].tolist() == [maps.pair.columns.base, maps.pair.rows.base]
        assert abs(state.interval_s[self.slot] - interval_s) <= ROUNDING * interval_s

    def _compare_forecasts(self) -> None:
        """Hold the forecasts against each other on the model's axis, where the scale is 1."""
        forecasts = np.array([self.forecast.own, self.forecast.other])
        own, other = np.arcsinh((forecasts - self.plain.inputs.moments.mean) / self.plain.inputs.moments.scale)
        assert abs(own - other) <= TOLERANCE


def rounds(lengths: list[int], seed: int) -> Iterator[list[int]]:
    """Name the keys of batch after batch, in any company and order, until each has had all its records."""
    rng = np.random.default_rng(seed)
    left = np.array(lengths)
    while left.any():
        chosen = rng.permutation(np.flatnonzero(left))[: rng.integers(1, len(left) + 1)]
        left[chosen] -= 1
        yield chosen.tolist()


def run_both(batch: list[Series], warmup: int, seed: int, ageing: bool) -> None:
    """Score the series with both detectors, comparing after every record."""
    detector = AnomalyScorer(RecurrentForecaster(SmallLstm()), warmup=warmup, capacity=CAPACITY)
    keys = [Key(aged(each) if ageing else each, slot, warmup) for each, slot in zip(batch, SLOTS, strict=False)]
    for chosen in rounds([len(records) for records in batch], seed):
        for each in chosen:
            if ageing and keys[each].n_scored % AGEING_PERIOD == AGEING_PERIOD - 1:
                keys[each].age(detector.state)
        timestamps_s, values = np.array([keys[each].next_record() for each in chosen]).T.copy()
        scores = detector.score(np.array([keys[each].slot for each in chosen]), timestamps_s, values)
        for row, each in enumerate(chosen):
            keys[each].compare(scores, row, detector.state)


def aged(records: Series) -> Series:
    """Let time pass where the keys age."""
    n_ageings = (np.arange(len(records)) + 1) // AGEING_PERIOD
    return Series(records.timestamps_s + AGED_S * n_ageings, records.values)


@few_examples
@given(st.lists(series(), min_size=1, max_size=4), st.sampled_from([50, 100, 300]), st.integers(0, 99))
def test_both_detectors_agree_at_every_stage(batch: list[Series], warmup: int, seed: int) -> None:
    run_both(batch, warmup, seed, ageing=False)


@few_examples
@given(st.lists(series(), min_size=1, max_size=4), st.sampled_from([50, 100, 300]), st.integers(0, 99))
def test_both_detectors_agree_when_generations_rotate(batch: list[Series], warmup: int, seed: int) -> None:
    run_both(batch, warmup, seed, ageing=True)


@settings(few_examples, max_examples=3)
@given(st.lists(weeks(), min_size=1, max_size=2), st.integers(0, 99))
def test_both_detectors_agree_when_weeks_are_known(batch: list[Series], seed: int) -> None:
    run_both(batch, 300, seed, ageing=False)


@few_examples
@given(series())
def test_both_make_the_same_inputs(records: Series) -> None:
    inputs, centre, spread, reach = model_inputs(records.timestamps_s[None], records.values[None])
    plain = PlainDetector(GivenForecast(repeat(ZERO)))
    largest = np.abs(records.values - records.values[0]).max()
    for t, record in enumerate(zip(records.timestamps_s, records.values, strict=True)):
        assert np.abs(inputs[0, t] - plain.score(*record).inputs).max() <= INPUT_TOLERANCE
        assert reach[0, t] == reach_of(plain.inputs.stride)
        assert abs(centre[0, t] - plain.inputs.moments.mean) <= ROUNDING * largest
        assert abs(spread[0, t] - plain.inputs.moments.scale) <= ROUNDING * spread[0, t]
