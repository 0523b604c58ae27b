"""The windowed forecaster: a model that is shown the last records of a key, all of them each time."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.inputs import LIMIT, Described, standardised
from stream.detection.record import N_COMPONENTS, N_PARAMETERS, Float32, Float64, Int64
from stream.detection.state import State
from stream.detection.windows import Scaling, WindowModel, oldest_first

NARROWEST: Final = np.float32(1e-30)
"""Width that stands in for one that float32 rounds to 0."""

FARTHEST: Final = 1e30
"""Forecasts beyond this are taken for what they are: a model that has lost its footing."""


class Windowed:
    """A forecaster on windows of one or several features, each feature a slot of its own.

    Its point forecast becomes a mixture of one logistic, as wide as the residuals were on the calibration data, so that
    evidence, boundary and band are those of every other forecaster. Before a key has shown a whole window, its first
    value stands in for what is missing. A forecast that is no finite number is replaced by the last value: it would
    otherwise stay in the state for good.

    Parameters
    ----------
    model : WindowModel
        The last row of what it gives is the forecast.
    scaling : Scaling
    spread : float64, shape (features,)
        Scale of the logistic distribution of the residuals, in the metric's unit, > 0.
    n_history : int
        Length of a window.
    """

    def __init__(self, model: WindowModel, scaling: Scaling, spread: Float64, n_history: int) -> None:
        self.n_history = n_history
        self._model = model
        self._scaling = scaling
        self._spread = spread

    def mixtures(self, state: State, slots: Int64, record: Described) -> Float32:
        """Forecast from the windows that end with this record; see `Forecaster.mixtures`.

        Parameters
        ----------
        slots : int64, shape (keys * features,)
            The features of a key side by side, in the model's order.
        """
        value = state.previous[slots]
        state.history[slots, state.t[slots] % self.n_history] = value
        forecast = self._forecast(state, slots)
        usable = np.abs(forecast) < FARTHEST
        return self._as_mixture(np.where(usable, forecast, value).astype(np.float32), record)

    def _forecast(self, state: State, slots: Int64) -> Float64:
        """Run the model; shape (keys * features,), less x0."""
        n_features = len(self._spread)
        relative = oldest_first(state.history.take(slots, axis=0), state.t[slots].astype(np.int64))
        x0 = state.x0[slots]
        values = (relative + x0[:, None]).reshape(-1, n_features, self.n_history).transpose(0, 2, 1)
        predicted = self._model.predict(np.ascontiguousarray(self._scaling.scaled(values)))
        forecast: Float64 = self._scaling.unscaled(predicted[:, -1]).ravel() - x0
        return forecast

    def _as_mixture(self, forecast: Float32, record: Described) -> Float32:
        """Write a point forecast as a mixture in the space of the inputs: its width there is ds / (s cosh)."""
        n_keys = len(forecast) // len(self._spread)
        centre = standardised(forecast, record.scale.centre, record.scale.spread)
        stretch = record.scale.spread * np.cosh(np.clip(centre, -LIMIT, LIMIT))
        width = np.tile(self._spread, n_keys).astype(np.float32) / stretch
        parameters = np.zeros((len(forecast), N_PARAMETERS), np.float32)
        parameters[:, N_COMPONENTS : 2 * N_COMPONENTS] = (centre - record.inputs[:, 0])[:, None]
        parameters[:, 2 * N_COMPONENTS :] = np.log(np.maximum(width, NARROWEST))[:, None]
        return parameters
