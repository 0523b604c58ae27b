"""The forecast of the next record: the seam to the model, the mixture it gives, its mean and its quantiles."""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from stream.detection import outlook
from stream.detection.compiled import compiled, entrance
from stream.detection.described import Described
from stream.detection.grid import VALUE, hull
from stream.detection.inputs import LIMIT
from stream.detection.judgement import Judgement
from stream.detection.key import Key
from stream.detection.record import N_COMPONENTS, N_PARAMETERS, Float32, Float64, Int64, Records
from stream.detection.scale import Scale, spread, standardised
from stream.detection.state import State

FURTHEST: Final = np.float32(9)
"""Bound of the forecast in the inputs' space, as of the targets that the model was trained on."""

MARGIN: Final = 0.1
"""Part of the hull's width that a forecast may lie outside the hull."""

MIN_LOG_SCALE: Final = -6.0
MAX_LOG_SCALE: Final = 3.0

N_HALVINGS: Final = 40
"""Rounds of bisection for a quantile: 2^-40 of a bracket below 1,000 is 1e-9, and always the same work."""

FIRST_SCALE: Final = 2 * N_COMPONENTS


class Forecaster(Protocol):
    """What forecasts the next record of every key: a model, and how it is fed from the state.

    Attributes
    ----------
    n_history : int
        Records that it looks back on; the state keeps so many for it.
    model : int
        Fingerprint of what it looks at, kept with them.
    """

    n_history: int
    model: int

    def outputs(self, state: State, slots: Int64, record: Described, values: Float64) -> Float32:
        """Take in one record of every key and forecast the next.

        Parameters
        ----------
        slots : int64, shape (batch,)
            Distinct.
        record : Described
            What the detector makes of the record.
        values : float64, shape (batch,)
            Its value as it came, or where that was absurd what is learned in its stead.

        Returns
        -------
        float32, shape (batch, 9) or (batch, 11)
            Mixture of 3 logistics for the next record: 3 logits, 3 centres less input 0, 3 log scales. Where the model
            looks farther, one logistic for a far record: centre less what is usual then, log scale. No row may depend
            on another key's.
        """
        ...


@compiled
def recall(key: Key, record: Judgement) -> None:
    """Note what had been forecast for a record, before it changes its key."""
    record.t, record.x0 = int(key.t), key.x0
    record.expected = float(key.forecast) + key.x0 if key.t > 0 else math.nan
    record.centre_before, record.variance_before = key.centre, key.variance
    record.previous_before = key.previous
    for i in range(N_PARAMETERS):
        record.parameters_before[i] = key.parameters[i]


@compiled
def predict(key: Key, record: Judgement, outputs: Float32) -> None:
    """Keep the forecasts of the next record and of the far one (section 6.6).

    Parameters
    ----------
    outputs : float32, shape (9,) or (11,)
        Of the forecaster.
    """
    low, high = hull(key, VALUE)
    margin = MARGIN * (high - low)
    reached = min(max(mean(outputs) + record.value, -FURTHEST), FURTHEST)
    forecast = float(record.centre + record.spread * np.sinh(reached))
    key.forecast = np.float32(min(max(forecast, low - margin), high + margin))
    for i in range(N_PARAMETERS):
        key.parameters[i] = outputs[i]
    if len(outputs) > N_PARAMETERS:
        outlook.put(key, record, outputs[N_PARAMETERS], outputs[N_PARAMETERS + 1])


def band(records: Records, level: float) -> tuple[Float64, Float64]:
    """Give the central quantiles of the forecasts' own mixtures.

    Parameters
    ----------
    records : structured array of `JUDGEMENT`, shape (n,)
    level : float
        Probability inside the band, in (0, 1).

    Returns
    -------
    lower, upper : float64, shape (n,)
        In the metric's unit; NaN before the first record of a key.

    Raises
    ------
    ValueError
        If the level is not in (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"expected a level between 0 and 1 for the band, got {level}")
    bounds = np.empty((2, len(records)))
    _draw(records, np.array([(1 - level) / 2, (1 + level) / 2]), bounds)
    lower, upper = bounds
    return lower, upper


@entrance
def _draw(records: Records, probabilities: Float64, bounds: Float64) -> None:
    """Fill in the quantiles of every record; `bounds` has a row for each probability."""
    for row in range(len(records)):
        for side in range(len(probabilities)):
            bounds[side, row] = _bound(records[row], probabilities[side])


@compiled
def _bound(record: Judgement, probability: float) -> float:
    """Give a quantile of what had been forecast for a record, in the metric's unit."""
    if record.t == 0:
        return math.nan
    width = spread(record.variance_before, record.centre_before, record.x0, record.t - 1)
    value = standardised(record.previous_before, Scale(record.centre_before, width))
    away = float(min(max(value, -LIMIT), LIMIT)) + quantile(record.parameters_before, probability)
    reached = min(max(away, -float(FURTHEST)), float(FURTHEST))
    return float(record.centre_before) + float(width) * math.sinh(reached) + record.x0


@compiled
def mean(parameters: Float32) -> np.float32:
    """Give the mean of a mixture less input 0; `parameters` has shape (9,) at least."""
    first, second, third = _weights(parameters)
    one, two, three = parameters[N_COMPONENTS], parameters[N_COMPONENTS + 1], parameters[N_COMPONENTS + 2]
    return np.float32(first * one + second * two + third * three)


@compiled
def quantile(parameters: Float32, probability: float) -> float:
    """Find a quantile of a mixture of 3 logistics, less input 0, by bisection.

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
    weights = _weights(parameters)
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
    """Give the distribution function of a mixture."""
    below = 0.0
    for part in range(N_COMPONENTS):
        reduced = (x - parameters[N_COMPONENTS + part]) / (2 * _scale(parameters, part))
        below += float(weights[part]) * (0.5 + 0.5 * math.tanh(reduced))
    return below


@compiled
def _weights(logits: Float32) -> tuple[np.float32, np.float32, np.float32]:
    """Turn three logits into weights that add up to 1."""
    most = max(logits[0], logits[1], logits[2])
    first, second, third = np.exp(logits[0] - most), np.exp(logits[1] - most), np.exp(logits[2] - most)
    total = first + second + third
    return first / total, second / total, third / total
