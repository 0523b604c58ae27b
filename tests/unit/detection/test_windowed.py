"""The windowed forecaster: what the model is shown, what becomes of its forecast, features side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.arrays import Float64, Int64
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy, Verdicts
from stream.detection.forecast.windowed import WindowedForecaster
from stream.detection.forecast.windows import Scaling, WindowModel, fingerprint, sliding_windows
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.window_models import Broken, Drift

STEP_MS = 60_000
START_MS = 1_700_000_000_000
WINDOW = 6
POLICY = Policy(warmup=20, bands=True)


def make_detector(model: WindowModel, n_features: int = 1, spread: float = 0.5) -> ForecastDetector:
    scaling = Scaling(np.full(n_features, 64.0), np.full(n_features, 32.0))
    return ForecastDetector(WindowedForecaster(model, scaling, np.full(n_features, spread), WINDOW), POLICY, n_features)


def times_ms(n: int) -> Int64:
    return START_MS + STEP_MS * np.arange(n, dtype=np.int64)


def eighths(n: int, n_features: int = 1, seed: int = 0) -> Float64:
    """Values that float32 holds exactly, like their differences."""
    return np.random.default_rng(seed).integers(400, 700, (n, n_features)) / 8


def run(detector: ForecastDetector, values: Float64) -> Verdicts:
    return detector.score(np.zeros(len(values), np.int64), times_ms(len(values)), values)


def test_the_model_sees_the_last_values_scaled() -> None:
    model, values = Drift(), np.random.default_rng(0).uniform(50, 90, (40, 2))
    run(make_detector(model, n_features=2), values)
    seen = np.concatenate(model.seen)[WINDOW - 1 :]
    assert np.array_equal(seen, sliding_windows(((values - 64) / 32).astype(np.float32), WINDOW, 1))


def test_before_a_whole_window_the_first_value_stands_in() -> None:
    model, values = Drift(), eighths(3)
    run(make_detector(model), values)
    first = np.float32((values[0, 0] - 64) / 32)
    assert model.seen[0].ravel().tolist() == [first] * WINDOW
    assert model.seen[1].ravel().tolist()[:-1] == [first] * (WINDOW - 1)


def test_what_the_model_says_is_expected_of_the_next_point() -> None:
    values = np.cumsum(np.full(200, 0.25))[:, None] + eighths(200)
    expected = run(make_detector(Drift()), values).expected
    forecast = 2 * values[100:-1, 0] - values[99:-2, 0]
    inside = (forecast > values.min()) & (forecast < values[:100].max())
    assert inside.sum() > 20
    assert expected[101:][inside] == pytest.approx(forecast[inside], rel=1e-5)


def test_the_band_is_as_wide_as_the_residuals_of_the_calibration() -> None:
    verdicts = run(make_detector(Drift(), spread=0.1), np.cumsum(np.full(200, 0.25))[:, None])
    half = 0.1 * np.log(0.995 / 0.005)
    assert verdicts.upper[150] - verdicts.expected[150] == pytest.approx(half, rel=0.02)
    assert verdicts.expected[150] - verdicts.lower[150] == pytest.approx(half, rel=0.02)


def test_a_forecast_that_is_no_number_leaves_the_last_value_and_a_sound_state() -> None:
    detector, values = make_detector(Broken()), eighths(60)
    verdicts = run(detector, values)
    assert verdicts.expected[1:] == pytest.approx(values[:-1, 0], rel=1e-5)
    assert np.isfinite(verdicts.score[POLICY.warmup :]).all()


def test_features_are_judged_side_by_side_and_each_by_itself() -> None:
    values = eighths(120, n_features=2)
    together = run(make_detector(Drift(), n_features=2), values)
    for feature in range(2):
        alone = run(make_detector(Drift()), values[:, feature : feature + 1])
        mine = together.feature == feature
        assert np.array_equal(together.point[mine], np.arange(120))
        assert np.array_equal(together.score[mine], alone.score, equal_nan=True)
        assert np.array_equal(together.expected[mine], alone.expected, equal_nan=True)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_the_verdicts_of_a_key_do_not_depend_on_batch_mates_on_cuts_or_on_a_restart(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = [eighths(40, n_features=2, seed=slot) for slot in range(3)]
    alone = [run(make_detector(Drift(), n_features=2), of_slot).score for of_slot in values]
    slots = generator.permutation(np.repeat(np.arange(3), 40))
    place = np.array([np.count_nonzero(slots[:at] == slot) for at, slot in enumerate(slots)])
    detector, scores = make_detector(Drift(), n_features=2), np.empty((120, 2))
    for rows in np.split(np.arange(120), np.sort(generator.integers(0, 120, 4))):
        fresh = make_detector(Drift(), n_features=2)
        fresh.state.unpack(np.arange(6), detector.state.pack(np.arange(6)))
        detector = fresh
        points = np.array([values[slot][at] for slot, at in zip(slots[rows], place[rows], strict=True)]).reshape(-1, 2)
        verdicts = detector.score(slots[rows], START_MS + STEP_MS * place[rows], points)
        scores[rows] = verdicts.score.reshape(-1, 2)
    for slot, expected in enumerate(alone):
        assert np.array_equal(scores[slots == slot].ravel(), expected, equal_nan=True)


def test_a_value_far_from_the_first_is_shown_to_the_model_as_it_came() -> None:
    model, values = Drift(), np.concatenate([[[0.0]], 4e9 + np.random.default_rng(0).uniform(-300, 300, (40, 1))])
    scaling = Scaling(np.array([4e9 - 300]), np.array([600.0]))
    run(ForecastDetector(WindowedForecaster(model, scaling, np.array([1.0]), WINDOW), POLICY), values)
    assert np.array_equal(model.seen[-1], sliding_windows(scaling.scaled(values), WINDOW, 1)[-1:])


def test_windows_kept_for_another_model_are_not_understood() -> None:
    ours, other = (
        DetectorState(1, WINDOW, fingerprint("windowed-forecast", WINDOW, names)) for names in (("a",), ("b",))
    )
    records = other.pack(np.array([0]))[None]
    assert other.is_compatible(records).all()
    assert not ours.is_compatible(records).any()
    with pytest.raises(ValueError, match="state records of model"):
        ours.unpack(np.array([0]), other.pack(np.array([0])))
