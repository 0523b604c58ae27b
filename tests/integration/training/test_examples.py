"""What the model learns from is what the detector will feed it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import N_PARAMETERS
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.scoring.training_features import model_inputs
from tests.plain.stepwise import Stepwise
from training.synthetic.examples import FAR, NEXT, TARGET_LIMIT, Examples
from training.synthetic.series import draw

Float32: TypeAlias = NDArray[np.float32]

N_SERIES, N_STEPS = 6, 700
AGE = 16
"""The input that tells a key's age, in 2,000 records."""


class Recorder(Stepwise):
    """A forecaster that forecasts nothing and keeps what it was fed."""

    def __init__(self) -> None:
        self.seen: list[Float32] = []

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.seen.append(inputs.copy())
        return np.zeros((len(inputs), N_PARAMETERS), np.float32), h, c


def test_training_inputs_are_the_running_detectors_to_the_bit() -> None:
    timestamps_s, values = draw(np.random.default_rng(11), N_SERIES, N_STEPS + 1)
    recorder = Recorder()
    detector = AnomalyScorer(RecurrentForecaster(recorder), capacity=N_SERIES)
    for t in range(N_STEPS):
        detector.score(np.arange(N_SERIES), timestamps_s[:, t].copy(), values[:, t].copy())
    examples = Examples.from_series(timestamps_s, values)
    np.testing.assert_array_equal(examples.inputs, np.stack(recorder.seen, axis=1))


def test_a_forecast_of_the_target_is_a_forecast_of_the_next_value() -> None:
    timestamps_s, values = draw(np.random.default_rng(12), N_SERIES, N_STEPS + 1)
    seen = model_inputs(timestamps_s[:, :-1], values[:, :-1])
    targets = Examples.from_series(timestamps_s, values).targets[..., NEXT]
    forecast = seen.centre + seen.spread * np.sinh(targets) + values[:, :1]
    error = np.abs(forecast - values[:, 1:]) / (seen.spread * np.cosh(targets))
    assert error[np.abs(targets) < TARGET_LIMIT].max() < 1e-4


def test_targets_stay_within_the_detectors_own_limit() -> None:
    timestamps_s = np.arange(0.0, 30_300.0, 300.0)[None]
    values = np.zeros((1, 101))
    values[0, 100] = 1e12
    targets = Examples.from_series(timestamps_s, values).targets
    assert targets[0, 99, NEXT] == targets[0, 76, FAR] == TARGET_LIMIT


def test_a_far_target_is_the_record_as_far_ahead_as_the_detector_looks() -> None:
    timestamps_s, values = np.arange(0.0, 210_300.0, 300.0)[None], np.random.default_rng(2).normal(size=(1, 701))
    seen = model_inputs(timestamps_s[:, :-1], values[:, :-1])
    far = Examples.from_series(timestamps_s, values).targets[0, :, FAR]
    forecast = seen.centre[0] + seen.spread[0] * np.sinh(far) + values[0, 0]
    np.testing.assert_allclose(forecast[10:677], values[0, 34:], rtol=1e-4, atol=1e-4)
    assert np.isnan(far[677:]).all()


def test_there_is_no_far_target_over_a_hole() -> None:
    timestamps_s, values = np.arange(0.0, 60_300.0, 300.0)[None], np.random.default_rng(2).normal(size=(1, 201))
    timestamps_s[0, 100:] += 86_400
    far = Examples.from_series(timestamps_s, values).targets[0, :, FAR]
    first = 1  # The first record does not know how fast its series is, and looks far beyond the end.
    assert (first + np.flatnonzero(np.isnan(far[first:]))).tolist() == [*range(76, 100), *range(177, 200)]


def test_skipped_records_are_learned_from_and_not_given() -> None:
    timestamps_s, values = draw(np.random.default_rng(12), N_SERIES, N_STEPS + 1)
    whole, end = Examples.from_series(timestamps_s, values), Examples.from_series(timestamps_s, values, n_skipped=500)
    np.testing.assert_array_equal(end.inputs, whole.inputs[:, 500:])
    np.testing.assert_array_equal(end.targets, whole.targets[:, 500:])


def test_drawn_examples_are_in_turn_young_and_old() -> None:
    ages = Examples.draw(np.random.default_rng(1), 6, 40, n_skipped=1_000).inputs[:, 0, AGE]
    np.testing.assert_allclose(ages, [0, 0.5, 0, 0.5, 0, 0.5])


def test_parts_keep_every_series_in_order() -> None:
    examples = Examples.draw(np.random.default_rng(1), 12, 40)
    parts = list(examples.split(4))
    np.testing.assert_array_equal(np.concatenate([part.inputs for part in parts]), examples.inputs)
    assert [len(part.targets) for part in parts] == [4, 4, 4]
