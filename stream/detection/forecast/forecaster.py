"""Forecast of the next record: model interface and mixture."""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from stream.detection.arrays import N_COMPONENTS, N_PARAMETERS, Float32, Records
from stream.detection.compiler.stage import compiled
from stream.detection.forecast import horizon
from stream.detection.forecast.shown import Shown
from stream.detection.kernel.grid import VALUE, hull
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

FURTHEST: Final = np.float32(9)
"""Bound of the forecast in the inputs' space, as of the targets that the model was trained on."""

MARGIN: Final = 0.1
"""Part of the hull's width that a forecast may lie outside the hull."""


class Forecaster(Protocol):
    """Interface of a model that forecasts every key's next record.

    Attributes
    ----------
    n_history : int
        Records that it looks back on; the state keeps so many for it.
    model : int
        Fingerprint of what it looks at, kept with them.
    looks_ahead : bool
        Whether it can be shown records before they are learned: of others it is shown one of each key.
    """

    n_history: int
    model: int
    looks_ahead: bool

    def forecast(self, state: DetectorState, shown: Shown, forecasts: Records) -> None:
        """Take in some records of every key, and after each forecast the next.

        Parameters
        ----------
        state : DetectorState
            As it is after the first of these records, but for what follows from its forecast.
        shown : Shown
        forecasts : structured array of `FORECAST`, a row for each of the batch
            Those shown are filled in: a mixture of 3 logistics for the next record, as 3 logits, 3 centres less input
            0, 3 log scales; where the model looks farther, one logistic for a far record, as centre less what is usual
            then and log scale, NaN otherwise; what the model remembers. None may depend on another key's.
        """
        ...


@compiled
def save_previous_forecast(key: Key, record: StepRecord) -> None:
    """Copy the previous forecast into the step's record."""
    record.t, record.x0 = int(key.t), key.x0
    record.expected = float(key.forecast) + key.x0 if key.t > 0 else math.nan
    record.centre_before, record.variance_before = key.centre, key.variance
    record.previous_before = key.previous
    for i in range(N_PARAMETERS):
        record.parameters_before[i] = key.parameters[i]


@compiled
def update_forecast(key: Key, record: StepRecord, outputs: Float32) -> None:
    """Store the next and the far forecast (section 6.6).

    Parameters
    ----------
    outputs : float32, shape (11,)
        Of the forecaster; the last two are NaN where it does not look farther.
    """
    low, high = hull(key, VALUE)
    margin = MARGIN * (high - low)
    reached = min(max(mean(outputs) + record.value, -FURTHEST), FURTHEST)
    forecast = float(record.centre + record.spread * np.sinh(reached))
    key.forecast = np.float32(min(max(forecast, low - margin), high + margin))
    for i in range(N_PARAMETERS):
        key.parameters[i] = outputs[i]
    horizon.push(key, record, outputs[N_PARAMETERS], outputs[N_PARAMETERS + 1])


@compiled
def mean(parameters: Float32) -> np.float32:
    """Return a mixture's mean less input 0; `parameters` has shape (9,)."""
    first, second, third = weights_of(parameters)
    one, two, three = parameters[N_COMPONENTS], parameters[N_COMPONENTS + 1], parameters[N_COMPONENTS + 2]
    return np.float32(first * one + second * two + third * three)


@compiled
def weights_of(logits: Float32) -> tuple[np.float32, np.float32, np.float32]:
    """Return the softmax of three logits."""
    most = max(logits[0], logits[1], logits[2])
    first, second, third = np.exp(logits[0] - most), np.exp(logits[1] - most), np.exp(logits[2] - most)
    total = first + second + third
    return first / total, second / total, third / total
