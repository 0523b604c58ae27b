"""Forecast interval: central quantiles of the forecast."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import N_COMPONENTS, Float32
from stream.detection.compiler.stage import compiled
from stream.detection.forecast.forecaster import FURTHEST, weights_of
from stream.detection.kernel.grid import VALUE
from stream.detection.kernel.scale import LIMIT, Scale, spread, standardised
from stream.detection.state.step_record import StepRecord

MIN_LOG_SCALE: Final = -6.0
MAX_LOG_SCALE: Final = 3.0

N_HALVINGS: Final = 40
"""Rounds of bisection for a quantile: 2^-40 of a bracket below 1,000 is 1e-9, and always the same work."""

SMALLEST_PROBABILITY: Final = 1e-16

FIRST_SCALE: Final = 2 * N_COMPONENTS


@compiled
def band_of(record: StepRecord, level: float) -> tuple[float, float]:
    """Return the central quantiles of a forecast's mixture.

    Parameters
    ----------
    level : float
        Probability inside the band, in (0, 1).

    Returns
    -------
    lower, upper : float
        In the metric's unit; NaN before the first record of a key.
    """
    return _bound(record, (1 - level) / 2), _bound(record, (1 + level) / 2)


@compiled
def unlikeliness(record: StepRecord) -> float:
    """Return the two-sided surprisal of a value, at most 36.

    It is -ln(2 min(F, 1 - F)), F being the forecast's distribution function at the value.
    """
    if record.t == 0:
        return 0.0
    scale = _scale_before(record)
    away = float(standardised(record.statistics[VALUE], scale)) - _previous(record, scale)
    below = _cumulative(away, weights_of(record.parameters_before), record.parameters_before)
    return -math.log(max(2 * min(below, 1 - below), SMALLEST_PROBABILITY)) if not math.isnan(below) else 0.0


@compiled
def _scale_before(record: StepRecord) -> Scale:
    """Return the scale in which the forecast was made."""
    return Scale(record.centre_before, spread(record.variance_before, record.centre_before, record.x0, record.t - 1))


@compiled
def _previous(record: StepRecord, scale: Scale) -> float:
    """Return the previous record's input 0."""
    return float(min(max(standardised(record.previous_before, scale), -LIMIT), LIMIT))


@compiled
def _bound(record: StepRecord, probability: float) -> float:
    """Return a quantile of the forecast, in the metric's unit."""
    if record.t == 0:
        return math.nan
    scale = _scale_before(record)
    away = _previous(record, scale) + quantile(record.parameters_before, probability)
    reached = min(max(away, -float(FURTHEST)), float(FURTHEST))
    return float(scale.centre) + float(scale.spread) * math.sinh(reached) + record.x0


@compiled
def quantile(parameters: Float32, probability: float) -> float:
    """Find a quantile of a three-logistic mixture by bisection.

    Parameters
    ----------
    parameters : float32, shape (9,)
    probability : float
        In (0, 1).

    Returns
    -------
    float
        Exact to 1e-9 or so.
    """
    weights = weights_of(parameters)
    low, high = math.inf, -math.inf
    for part in range(N_COMPONENTS):
        of_part = parameters[N_COMPONENTS + part] + _scale(parameters, part) * math.log(probability / (1 - probability))
        low, high = min(low, of_part), max(high, of_part)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        if _cumulative(middle, weights, parameters) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@compiled
def _scale(parameters: Float32, part: int) -> float:
    return math.exp(min(max(float(parameters[FIRST_SCALE + part]), MIN_LOG_SCALE), MAX_LOG_SCALE))


@compiled
def _cumulative(x: float, weights: tuple[np.float32, np.float32, np.float32], parameters: Float32) -> float:
    """Return a mixture's distribution function."""
    below = 0.0
    for part in range(N_COMPONENTS):
        reduced = (x - parameters[N_COMPONENTS + part]) / (2 * _scale(parameters, part))
        below += float(weights[part]) * (0.5 + 0.5 * math.tanh(reduced))
    return below
