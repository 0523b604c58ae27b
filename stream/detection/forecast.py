"""The forecast of the next record: the seam to the model, the mixture it gives, its mean and its quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from stream.detection import outlook
from stream.detection.age import age
from stream.detection.batch import Batch, rows_of
from stream.detection.constant import double, single
from stream.detection.described import Described
from stream.detection.grid import hull
from stream.detection.inputs import LIMIT
from stream.detection.record import N_COMPONENTS, N_PARAMETERS, Float32, Float64, Int64
from stream.detection.scale import spread, standardised
from stream.detection.state import State

FURTHEST: Final = single(9)
"""Bound of the forecast in the inputs' space, as of the targets that the model was trained on."""

MARGIN: Final = double(0.1)
"""Part of the hull's width that a forecast may lie outside the hull."""

BEFORE: Final = np.r_[rows_of("centre", "centre"), rows_of("variance", "variance"), rows_of("previous", "previous")]
"""Of the numbers of a batch, those that a band is made of."""

MIN_LOG_SCALE: Final = -6
MAX_LOG_SCALE: Final = 3

N_HALVINGS: Final = 40
"""Rounds of bisection for a quantile: 2^-40 of a bracket below 1,000 is 1e-9, and always the same work."""


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


@dataclass(frozen=True, slots=True)
class ForecastBefore:
    """The forecasts made before the records of a batch; all arrays have a row a record.

    Attributes
    ----------
    expected : float64, shape (batch,)
        In the metric's unit; NaN before the first record of a key.
    """

    expected: Float64
    _t: Int64
    _x0: Float64
    _numbers: Float32
    _parameters: Float32

    @classmethod
    def of(cls, batch: Batch) -> ForecastBefore:
        """Keep what describes the forecasts of the records to come, before these change the state."""
        expected = np.where(batch.t > 0, batch.forecast + batch.x0, np.nan)
        return cls(expected, batch.t, batch.x0, batch.before, batch.state.parameters.take(batch.slots, axis=0))

    def band(self, level: float, rows: Int64 | None = None) -> tuple[Float64, Float64]:
        """Give the central quantiles of the forecasts' own mixtures.

        Parameters
        ----------
        level : float
            Probability inside the band, in (0, 1).
        rows : int64, shape (n,), optional
            The records wanted; all of them by default.

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
        chosen = slice(None) if rows is None else rows
        t, x0 = self._t[chosen], self._x0[chosen]
        centre, variance, previous = self._numbers[chosen][:, BEFORE].T.copy()
        width = spread(variance, centre, x0, age(t - 1))
        value = np.clip(standardised(previous, centre, width), -LIMIT, LIMIT)
        tail = np.array([[(1 - level) / 2], [(1 + level) / 2]])
        reached = np.clip(value + quantiles(self._parameters[chosen], tail), -FURTHEST, FURTHEST)
        lower, upper = np.where(t > 0, centre + width * np.sinh(reached) + x0, np.nan)
        return lower, upper


def predict(batch: Batch, forecaster: Forecaster, record: Described, values: Float64) -> None:
    """Show the forecaster these records and keep its forecasts of the next and of the far ones (section 6.6).

    The state must have the batch's numbers.
    """
    state, slots = batch.state, batch.slots
    outputs = forecaster.outputs(state, slots, record, values)
    rows = outputs.T.copy()
    low, high = hull(batch)
    margin = MARGIN * (high - low)
    reached = np.minimum(np.maximum(mean(rows) + record.value, -FURTHEST), FURTHEST)
    forecast = record.scale.centre + record.scale.spread * np.sinh(reached)
    state.forecast[slots] = np.minimum(np.maximum(forecast, low - margin), high + margin)
    state.parameters[slots] = outputs[:, :N_PARAMETERS]
    if len(rows) > N_PARAMETERS:
        outlook.put(batch, record, *rows[N_PARAMETERS:])


def mean(parameters: Float32) -> Float32:
    """Give the mean of each mixture less input 0; `parameters` (9, batch) at least, result (batch,)."""
    first, second, third = _weights(parameters[:N_COMPONENTS])
    one, two, three = parameters[N_COMPONENTS : 2 * N_COMPONENTS]
    middle: Float32 = first * one + second * two + third * three
    return middle


def quantiles(parameters: Float32, probabilities: Float64) -> Float64:
    """Find quantiles of mixtures of 3 logistics, less input 0, by bisection.

    Parameters
    ----------
    parameters : float32, shape (batch, 9)
    probabilities : float64, shape (n, 1)
        In (0, 1).

    Returns
    -------
    float64, shape (n, batch)
        Exact to 1e-9 or so.
    """
    weights = _weights(parameters[:, :N_COMPONENTS].T.copy()).astype(np.float64)
    centres, log_scales = parameters[:, N_COMPONENTS:].astype(np.float64).T.reshape(2, N_COMPONENTS, -1).copy()
    scales = np.exp(np.clip(log_scales, MIN_LOG_SCALE, MAX_LOG_SCALE))
    of_parts = centres + scales * np.log(probabilities / (1 - probabilities))[:, None]
    low, high = of_parts.min(axis=1), of_parts.max(axis=1)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        below = _cumulative(middle, weights, centres, scales) < probabilities
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Float64 = (low + high) / 2
    return found


def _cumulative(x: Float64, weights: Float64, centres: Float64, scales: Float64) -> Float64:
    """Give the mixtures' distribution functions; `x` (n, batch), the others (3, batch)."""
    parts = weights * (0.5 + 0.5 * np.tanh((x[:, None] - centres) / (2 * scales)))
    below: Float64 = parts[:, 0] + parts[:, 1] + parts[:, 2]
    return below


def _weights(logits: Float32) -> Float32:
    """Turn logits into weights, both of shape (3, batch), so that transcendental functions see contiguous arrays."""
    odds = np.exp(logits - np.maximum.reduce(logits, axis=0))
    weights: Float32 = odds / (odds[0] + odds[1] + odds[2])
    return weights
