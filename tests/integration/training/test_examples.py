"""What the model learns from is what the detector will feed it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stream.detection import N_PARAMETERS, Detector, Recurrent, model_inputs
from training.examples import TARGET_LIMIT, Examples
from training.synthetic import draw

Float32: TypeAlias = NDArray[np.float32]

N_SERIES, N_STEPS = 6, 700


class Recorder:
    """A forecaster that forecasts nothing and keeps what it was fed."""

    def __init__(self) -> None:
        self.seen: list[Float32] = []

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        self.seen.append(inputs.copy())
        return np.zeros((len(inputs), N_PARAMETERS), np.float32), h, c


def test_training_inputs_are_the_running_detectors_to_the_bit() -> None:
    timestamps_s, values = draw(np.random.default_rng(11), N_SERIES, N_STEPS + 1)
    recorder = Recorder()
    detector = Detector(Recurrent(recorder), capacity=N_SERIES)
    for t in range(N_STEPS):
        detector.score(np.arange(N_SERIES), timestamps_s[:, t].copy(), values[:, t].copy())
    examples = Examples.from_series(timestamps_s, values)
    np.testing.assert_array_equal(examples.inputs, np.stack(recorder.seen, axis=1))


def test_a_forecast_of_the_target_is_a_forecast_of_the_next_value() -> None:
    timestamps_s, values = draw(np.random.default_rng(12), N_SERIES, N_STEPS + 1)
    seen = model_inputs(timestamps_s[:, :-1], values[:, :-1])
    targets = Examples.from_series(timestamps_s, values).targets
    forecast = seen.centre + seen.spread * np.sinh(targets) + values[:, :1]
    error = np.abs(forecast - values[:, 1:]) / (seen.spread * np.cosh(targets))
    assert error[np.abs(targets) < TARGET_LIMIT].max() < 1e-4


def test_targets_stay_within_the_detectors_own_limit() -> None:
    timestamps_s = np.arange(0.0, 30_300.0, 300.0)[None]
    values = np.zeros((1, 101))
    values[0, 100] = 1e12
    targets = Examples.from_series(timestamps_s, values).targets
    assert targets[0, 99] == TARGET_LIMIT


def test_parts_keep_every_series_in_order() -> None:
    examples = Examples.draw(np.random.default_rng(1), 12, 40)
    parts = list(examples.split(4))
    np.testing.assert_array_equal(np.concatenate([part.inputs for part in parts]), examples.inputs)
    assert [len(part.targets) for part in parts] == [4, 4, 4]
