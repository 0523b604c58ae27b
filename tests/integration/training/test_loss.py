"""The loss is the negative log density: of a mixture of three logistics, and of one for what is far."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.detection.arrays import N_INPUTS
from training.network.network import far_negative_log_likelihood, negative_log_likelihood


def loss(parameters: NDArray[np.float64], before: float, targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the loss of many targets under one forecast."""
    inputs = np.zeros((1, len(targets), N_INPUTS), np.float32)
    inputs[..., 0] = before
    rows = np.broadcast_to(parameters, (1, len(targets), 9)).astype(np.float32)
    losses = negative_log_likelihood(rows, inputs, targets[None].astype(np.float32))
    return np.asarray(losses[0], np.float64)


def plain_loss(parameters: NDArray[np.float64], before: float, target: float) -> float:
    """The same for one target, term by term."""
    weights = [math.exp(logit) for logit in parameters[:3]]
    density = 0.0
    for weight, centre, log_scale in zip(weights, parameters[3:6], parameters[6:], strict=True):
        scale = math.exp(min(max(log_scale, -6.0), 3.0))
        tail = math.exp(-abs(target - before - centre) / scale)
        density += weight / sum(weights) * tail / (scale * (1.0 + tail) ** 2)
    return -math.log(density)


def test_the_loss_equals_the_plain_formula() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        parameters, before, target = rng.normal(0, 2, 9), rng.normal(), rng.normal()
        assert loss(parameters, before, np.array([target]))[0] == pytest.approx(
            plain_loss(parameters, before, target), rel=1e-4, abs=1e-4
        )


def test_the_density_integrates_to_one() -> None:
    targets = np.linspace(-40, 40, 200_001)
    parameters = np.array([0.5, -1.0, 0.2, 0.3, -2.0, 1.0, -1.0, 0.5, -3.0])
    assert np.trapezoid(np.exp(-loss(parameters, 0.7, targets)), targets) == pytest.approx(1.0, abs=1e-3)


def test_the_centres_are_relative_to_the_record_before() -> None:
    parameters = np.array([0.0, 0, 0, 0, 0, 0, -2, -2, -2])
    targets = np.linspace(-5, 5, 1_001)
    assert targets[loss(parameters, 1.5, targets).argmin()] == pytest.approx(1.5)


def test_a_log_scale_beyond_its_limits_counts_as_the_limit() -> None:
    narrow, narrower = (np.array([0.0] * 6 + [log_scale] * 3) for log_scale in (-6.0, -60.0))
    targets = np.array([0.0, 0.01])
    np.testing.assert_array_equal(loss(narrow, 0.0, targets), loss(narrower, 0.0, targets))


def test_a_target_far_from_every_centre_has_a_finite_loss() -> None:
    assert np.isfinite(loss(np.array([0.0] * 6 + [-6.0] * 3), -8.0, np.array([9.0]))).all()


def far_loss(parameters: list[float], targets: NDArray[np.float64], *, week_known: bool) -> NDArray[np.float64]:
    """Return the loss of many far targets where the day usually shows 0.5 then, and the week, if it is known, 2."""
    inputs = np.zeros((1, len(targets), N_INPUTS), np.float32)
    inputs[..., [17, 20, 22]] = 0.5, 2.0 * week_known, week_known
    rows = np.broadcast_to(parameters, (1, len(targets), 2)).astype(np.float32)
    return np.asarray(far_negative_log_likelihood(rows, inputs, targets[None].astype(np.float32))[0], np.float64)


@pytest.mark.parametrize(("week_known", "usual"), [(True, 2.0), (False, 0.5)])
def test_a_far_centre_is_relative_to_what_is_usual_then(week_known: bool, usual: float) -> None:
    targets = np.linspace(-5, 5, 1_001)
    losses = far_loss([1.0, -2.0], targets, week_known=week_known)
    assert targets[losses.argmin()] == pytest.approx(usual + 1)


def test_the_far_density_integrates_to_one() -> None:
    targets = np.linspace(-40, 40, 200_001)
    assert np.trapezoid(np.exp(-far_loss([0.3, -1.0], targets, week_known=True)), targets) == pytest.approx(1, abs=1e-3)


def test_an_unknown_far_record_costs_nothing() -> None:
    assert far_loss([0.3, -1.0], np.array([np.nan, 1.0]), week_known=True)[0] == 0
