"""The detector of reconstruction models: windows, scores, episodes, independence from the batch and from restarts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.arrays import Float64, Int64
from stream.detection.episodes.timing import RESOLVE_AFTER
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Policy, Verdicts
from stream.detection.forecast.windows import Scaling, WindowModel, sliding_windows, window_errors
from stream.detection.reconstruction import HIGHEST_SCORE, Autoencoder, ReconstructionDetector
from tests.unit.detection.window_models import Broken, Flat, Half

STEP_MS = 60_000
START_MS = 1_700_000_000_000
WINDOW = 8


def autoencoder(model: WindowModel, stride: int = WINDOW, cutoff: float = 1.0, n_features: int = 1) -> Autoencoder:
    scaling = Scaling(np.full(n_features, 10.0), np.full(n_features, 4.0))
    return Autoencoder(model, scaling, WINDOW, stride, cutoff)


def times_ms(n: int, start: int = 0) -> Int64:
    return START_MS + STEP_MS * np.arange(start, start + n, dtype=np.int64)


def run(detector: ReconstructionDetector, values: Float64, start: int = 0, slot: int = 0) -> Verdicts:
    return detector.score(np.full(len(values), slot, np.int64), times_ms(len(values), start), values)


def noise(n: int, seed: int = 0, n_features: int = 1) -> Float64:
    return np.random.default_rng(seed).uniform(8, 16, (n, n_features))


@pytest.mark.parametrize("stride", [1, 3, WINDOW])
def test_a_stream_has_the_windows_of_the_stored_series_and_their_scores_to_the_bit(stride: int) -> None:
    model, values = Half(), noise(100, n_features=2)
    described = autoencoder(model, stride, cutoff=0.7, n_features=2)
    verdicts = run(ReconstructionDetector(described), values)
    windows = sliding_windows(described.scaling.scaled(values), WINDOW, stride)
    assert np.array_equal(np.concatenate(model.seen), windows)
    expected = window_errors(windows, Half().predict(windows)) / 0.7
    assert np.array_equal(verdicts.score[np.isfinite(verdicts.score)], expected)


def test_a_window_is_judged_at_its_end_and_nowhere_else() -> None:
    verdicts = run(ReconstructionDetector(autoencoder(Half(), stride=5)), noise(20))
    scored = np.flatnonzero(np.isfinite(verdicts.score))
    assert scored.tolist() == [7, 12, 17]
    assert (np.delete(verdicts.outcome, scored) == Outcome.FILLING).all()
    assert np.isnan(verdicts.expected).all()


def test_a_score_of_one_is_the_cut_off() -> None:
    values = np.full(WINDOW, 14.0)
    (score,) = run(ReconstructionDetector(autoencoder(Flat(), cutoff=np.sqrt(WINDOW))), values).score[-1:]
    assert score == pytest.approx(1)


def test_an_episode_lasts_from_the_first_bad_window_to_the_first_of_enough_good_ones() -> None:
    values = np.full(8 * WINDOW, 10.0)
    values[2 * WINDOW : 4 * WINDOW] = 30.0
    opened, closed = run(ReconstructionDetector(autoencoder(Flat())), values).transitions
    assert (opened.change, opened.row, opened.direction) == (Change.OPEN, 3 * WINDOW - 1, 1)
    assert opened.window_start_ms == times_ms(1, 2 * WINDOW)[0]
    assert (closed.change, closed.row) == (Change.CLOSE, 6 * WINDOW - 1)
    assert WINDOW < RESOLVE_AFTER <= 2 * WINDOW
    assert closed.end_ms == times_ms(1, 5 * WINDOW - 1)[0]


def test_the_feature_that_was_missed_most_is_named() -> None:
    values = np.full((WINDOW, 3), 10.0)
    values[2, 1] = -50.0
    verdicts = run(ReconstructionDetector(autoencoder(Flat(), n_features=3)), values)
    assert verdicts.feature[-1] == 1
    assert verdicts.transitions[0].direction == -1


def test_repeated_and_late_points_fill_no_window() -> None:
    detector = ReconstructionDetector(autoencoder(Half(), stride=1))
    run(detector, noise(20))
    before = detector.state.pack(np.array([0])).tobytes()
    assert list(run(detector, np.array([1e6]), start=19).outcome) == [Outcome.DUPLICATE]
    assert detector.state.pack(np.array([0])).tobytes() == before
    assert list(run(detector, np.array([1e6]), start=3).outcome) == [Outcome.LATE]
    assert np.array_equal(detector.state.history[0].ravel(), np.roll(noise(20)[-WINDOW:].ravel(), 20 % WINDOW))


def test_a_reconstruction_that_is_no_number_is_never_normal() -> None:
    verdicts = run(ReconstructionDetector(autoencoder(Broken())), noise(WINDOW))
    assert verdicts.score[-1] == HIGHEST_SCORE
    assert verdicts.outcome[-1] == Outcome.ANOMALOUS


@given(st.integers(0, 2**32 - 1), st.integers(1, WINDOW))
@settings(max_examples=12, deadline=None)
def test_the_verdicts_of_a_key_do_not_depend_on_batch_mates_on_cuts_or_on_a_restart(seed: int, stride: int) -> None:
    generator = np.random.default_rng(seed)
    values = {slot: noise(50, slot) for slot in range(3)}
    alone = {slot: run(ReconstructionDetector(autoencoder(Half(), stride)), values[slot]).score for slot in values}
    slots = generator.permutation(np.repeat(np.arange(3), 50))
    place = np.array([np.count_nonzero(slots[:at] == slot) for at, slot in enumerate(slots)])
    detector, scores = ReconstructionDetector(autoencoder(Half(), stride)), np.empty(150)
    for rows in np.split(np.arange(150), np.sort(generator.integers(0, 150, 4))):
        fresh = ReconstructionDetector(autoencoder(Half(), stride))
        fresh.state.unpack(np.arange(3), detector.state.pack(np.arange(3)))
        detector = fresh
        points = np.array([values[slot][at] for slot, at in zip(slots[rows], place[rows], strict=True)]).reshape(-1, 1)
        scores[rows] = detector.score(slots[rows], START_MS + STEP_MS * place[rows], points).score
    for slot, expected in alone.items():
        assert np.array_equal(scores[slots == slot], expected, equal_nan=True)


def test_a_regular_series_is_known_as_such_from_its_second_point_on() -> None:
    detector = ReconstructionDetector(autoencoder(Half()))
    run(detector, noise(3))
    assert detector.state.interval_s[0] == STEP_MS / 1000
    assert detector.state.irregularity[0] == 0


def test_holes_are_counted_and_change_nothing_else() -> None:
    steady, holed = (ReconstructionDetector(autoencoder(Half(), 1), Policy()) for _ in range(2))
    at = np.concatenate([np.arange(80), np.arange(90, 120)])
    verdicts = holed.score(np.zeros(110, np.int64), START_MS + STEP_MS * at, noise(110))
    assert verdicts.n_gaps == 1
    assert np.array_equal(verdicts.score, run(steady, noise(110)).score, equal_nan=True)
