"""The forecast's mixture: its mean, its quantiles, its band."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from stream.detection.arrays import N_PARAMETERS, Float32, Float64
from stream.detection.evidence.scores import Scores
from stream.detection.forecast.forecaster import mean
from stream.detection.forecast.interval import band_of, quantile
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.kernel.scale import spread
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord
from tests.plain.stepwise import Stepwise
from tests.unit.detection.by_hand import key_of
from tests.unit.detection.streams import Echo, times_s

PROBABILITIES = (0.005, 0.3, 0.5, 0.995)


class Always(Stepwise):
    """Forecasts the same mixture whatever it sees."""

    def __init__(self, parameters: list[float]) -> None:
        self.parameters = np.array(parameters, np.float32)

    def step(self, inputs: Float32, h: Float32, c: Float32) -> tuple[Float32, Float32, Float32]:
        return np.tile(self.parameters, (len(inputs), 1)), h, c


def mixtures(n: int) -> Float32:
    """Random mixtures, narrow and wide."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, N_PARAMETERS)).astype(np.float32)


def density(x: Float64, parameters: Float32) -> Float64:
    """Density of one mixture, written down from its definition."""
    logits, centres, scales = parameters[:3], parameters[3:6], np.exp(parameters[6:])
    weights = np.exp(logits) / np.exp(logits).sum()
    reduced = np.exp(-np.abs(x[:, None] - centres) / scales)
    parts = weights * reduced / (scales * (1 + reduced) ** 2)
    total: Float64 = parts.sum(axis=1)
    return total


def samples(parameters: Float32, n: int) -> Float64:
    rng = np.random.default_rng(1)
    weights = np.exp(parameters[:3]) / np.exp(parameters[:3]).sum()
    part = rng.choice(3, n, p=weights / weights.sum())
    drawn: Float64 = rng.logistic(parameters[3:6][part], np.exp(parameters[6:])[part])
    return drawn


def after(values: list[float], parameters: list[float]) -> tuple[AnomalyScorer, float]:
    """Feed values to one key whose model always says the same; return the detector and the input 0 of the last."""
    detector = AnomalyScorer(RecurrentForecaster(Always(parameters)), capacity=1)
    slot = np.array([0])
    for value, now in zip(values, times_s(len(values))[:, 0], strict=True):
        detector.score(slot, np.array([now]), np.array([value]))
    key = key_of(detector.state)
    return detector, float(np.arcsinh((key.previous - key.centre) / width_of(key)))


def width_of(key: Key) -> float:
    """Return the scale that the last record of a key was seen in."""
    return float(spread(key.variance, key.centre, key.x0, int(key.t) - 1))


@pytest.mark.parametrize("parameters", list(mixtures(5)))
def test_quantiles_are_where_the_integrated_density_says(parameters: Float32) -> None:
    for probability in PROBABILITIES:
        x = quantile(parameters, probability)
        steps = np.linspace(x - 400, x, 800_001)
        np.testing.assert_allclose(np.trapezoid(density(steps, parameters), steps), probability, atol=1e-5)


def test_the_central_99_percent_hold_99_percent_of_samples() -> None:
    (parameters,) = mixtures(1)
    low, high = quantile(parameters, 0.005), quantile(parameters, 0.995)
    drawn = samples(parameters, 100_000)
    assert np.mean((drawn > low) & (drawn < high)) == pytest.approx(0.99, abs=0.002)


def test_the_mean_is_that_of_samples_of_the_centres() -> None:
    (parameters,) = mixtures(1)
    assert mean(parameters) == pytest.approx(samples(parameters, 200_000).mean(), abs=0.03)


def band(scores: Scores, level: float) -> tuple[float, float]:
    """Return the band of the first of these scores."""
    return band_of(cast(StepRecord, scores.step_records.view(np.recarray)[0]), level)


def test_the_band_is_mapped_back_to_the_unit_of_the_metric() -> None:
    parameters = [0, 0, 0, 0.1, 0.1, 0.1, -3, -3, -3]
    detector, input_0 = after([100, 102, 99, 101, 103, 98, 100, 101], parameters)
    key, reach = key_of(detector.state), np.exp(-3) * np.log(0.95 / 0.05)
    away = [width_of(key) * np.sinh(input_0 + 0.1 + side * reach) for side in (-1, 0, 1)]
    expected = float(key.centre) + key.x0 + np.array(away)
    scores = detector.score(np.array([0]), times_s(9)[8], np.array([100.0]))
    lower, upper = band(scores, 0.9)
    np.testing.assert_allclose([lower, scores.expected[0], upper], expected, rtol=1e-6)


def test_the_band_belongs_to_the_forecast_made_before_the_record() -> None:
    detectors = [after([100, 102, 99, 101], [0, 0, 0, 0, 0, 0, -3, -3, -3])[0] for _ in range(2)]
    now = times_s(5)[4]
    usual, odd = (
        detector.score(np.array([0]), now, np.array([value]))
        for detector, value in zip(detectors, (100, 1e9), strict=True)
    )
    assert usual.expected == odd.expected
    assert band(usual, 0.99) == band(odd, 0.99)


def test_the_band_of_a_wild_mixture_stays_within_what_the_model_was_trained_on() -> None:
    detector, _ = after([100, 102, 99, 101, 103, 98], [0, 0, 0, 0, 0, 0, 3, 3, 3])
    width = width_of(key_of(detector.state))
    lower, upper = band(detector.score(np.array([0]), times_s(7)[6], np.array([100.0])), 0.99)
    assert upper - lower == pytest.approx(2 * width * np.sinh(9), rel=1e-5)


def test_there_is_no_forecast_before_the_first_record() -> None:
    scores = AnomalyScorer(RecurrentForecaster(Echo()), capacity=1).score(np.array([0]), times_s(1)[0], np.array([5.0]))
    assert np.isnan([*scores.expected, *band(scores, 0.99)]).all()
