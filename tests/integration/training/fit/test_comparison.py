"""The comparison says which model is better, and only when it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.model import Bundle
from tests.integration.training.fit.make import INTERVAL_MS, wave
from training.fit.comparison.comparison import compare, recommend
from training.fit.comparison.holdout import N_APART, HoldoutResult, largest
from training.fit.comparison.paired_models import score_pair
from training.synthetic.examples import NEXT, Examples

MODEL = Path("models/mine/mine.onnx")
N_POINTS = 960


def trial(gain: float, error: float = 1.0, seed: int = 0) -> HoldoutResult:
    """Return held-out points on which the second model is likelier by `gain`, its errors `error` times the first's."""
    rng = np.random.default_rng(seed)
    times, values = wave(N_POINTS, seed)
    shipped = values + rng.normal(size=N_POINTS)
    expected = np.stack([shipped, values + error * (shipped - values)])
    likelihood, chance = rng.normal(size=(2, N_POINTS))
    likelihoods = np.stack([likelihood, likelihood + gain + 0.5 * (chance - chance.mean())])
    nothing = np.zeros((2, N_POINTS), np.bool_)
    return HoldoutResult(f"s{seed}", times, values, expected, likelihoods, nothing, nothing.copy())


@pytest.mark.parametrize(("gain", "verdict"), [(0.3, "better"), (0.0, "no better"), (-0.3, "worse")])
def test_the_verdict_follows_the_likelihood(gain: float, verdict: str) -> None:
    assert compare([trial(gain)], seed=1).verdict == verdict


def test_figures_are_those_of_the_plain_formulas() -> None:
    one, other = trial(0.1, error=0.5), trial(0.2, error=2.0, seed=1)
    comparison = compare([one, other], seed=1)
    missed = one.values - one.expected[1]
    assert comparison.rows[0].yours.rmse == pytest.approx(np.sqrt((missed**2).mean()))
    assert comparison.rows[0].yours.mae == pytest.approx(np.abs(missed).mean())
    assert comparison.error_ratio == pytest.approx(1.0)
    assert comparison.total.yours.rmse is None
    assert comparison.gain == pytest.approx(np.mean([np.diff(t.log_likelihood, axis=0).mean() for t in (one, other)]))


def test_alarms_are_counted_by_10000_points_that_could_have_raised_one() -> None:
    found = trial(0.0)
    found.opened[1, [3, 700]], found.warming[1, :160] = True, True
    figures = compare([found], seed=1).total.yours
    assert figures.n_alarms == 2
    assert figures.alarms_per_10000 == pytest.approx(1e4 * 2 / 800)


def test_a_better_model_is_recommended_with_its_command() -> None:
    sentences = recommend(compare([trial(0.3, error=0.9)], seed=1), MODEL)
    assert sentences[0].startswith("Your model is better than the shipped one: +0.3")
    assert sentences[-1] == "Run yours: STREAMGAUGE_MODEL=models/mine/mine.onnx streamgauge worker"


@pytest.mark.parametrize(("gain", "expected"), [(0.0, "NOT better"), (-0.3, "WORSE")])
def test_a_model_that_is_not_better_is_said_to_be_so_and_not_recommended(gain: float, expected: str) -> None:
    sentences = recommend(compare([trial(gain)], seed=1), MODEL)
    assert expected in sentences[0]
    assert sentences[-1].startswith("Keep the shipped model")
    assert not any("STREAMGAUGE_MODEL=models" in sentence for sentence in sentences)


def test_a_gain_on_few_series_or_with_larger_errors_is_mixed_and_the_shipped_model_stays() -> None:
    better, worse = trial(0.6, error=1.5), trial(-0.1, error=1.5, seed=1)
    better.opened[1, ::200] = True
    comparison = compare([better, worse], seed=1)
    found, *warnings, command = recommend(comparison, MODEL)
    assert comparison.verdict == "mixed"
    assert "NOT all over" in found
    assert "raises 5 alarms where the shipped model raises 0" in warnings[0]
    assert "further off" in warnings[1]
    assert "1 of 2 series: s1" in warnings[2]
    assert command.startswith("Keep the shipped model")
    assert compare([trial(2.0), trial(-0.1, seed=1), trial(-0.1, seed=2)], seed=1).verdict == "mixed"


def test_the_largest_disagreements_come_first_and_lie_apart() -> None:
    found = trial(0.0)
    found.expected[1] = found.expected[0]
    found.expected[1, [100, 101, 300]] += [50, 40, 60]
    places = largest([found])
    assert [place.at for place in places] == [300, 100]
    assert places[0].nearer == "shipped"


def test_there_are_at_most_ten_disagreements() -> None:
    places = largest([trial(0.0, error=3.0), trial(0.0, error=2.0, seed=1)])
    assert len(places) == 10
    for place in places:
        others = [other.at for other in places if other is not place and other.result is place.result]
        assert all(abs(place.at - at) >= N_APART for at in others)


def test_both_models_do_in_one_gauge_what_each_does_alone() -> None:
    shipped = Bundle.default()
    times, values = wave(300)
    times[200:] += 3 * INTERVAL_MS  # a hole that the gauge fills in with the model's own forecasts
    shorter = (times[:250], values[:250] * 3)
    together = list(score_pair((shipped, replace(shipped)), [(times, values), shorter], Policy(warmup=50)))
    alone = ForecastDetector(RecurrentForecaster(shipped.forecaster()), Policy(warmup=50))
    verdicts = alone.score(np.zeros(300, np.int64), times, values)
    for model in (0, 1):
        expected = np.array([evaluated.expected[model, 0] for evaluated in together])
        np.testing.assert_array_equal(expected, verdicts.expected)
    assert [len(evaluated.rows) for evaluated in together] == [2] * 250 + [1] * 50


def test_targets_are_those_that_models_learn_by() -> None:
    shipped, (times, values) = Bundle.default(), wave(200)
    evaluated = list(score_pair((shipped, shipped), [(times, values)], Policy()))
    targets = Examples.from_series(times[None] / 1000.0, values[None]).targets[0, :, NEXT]
    np.testing.assert_allclose([each.targets[0, 0] for each in evaluated[1:]], targets, atol=1e-6)
