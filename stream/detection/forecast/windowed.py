"""Windowed forecaster: the last records at each step."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import N_COMPONENTS, N_PARAMETERS, Float32, Float64, Int64, Records
from stream.detection.forecast.shown import Shown
from stream.detection.forecast.windows import Scaling, WindowModel, oldest_first
from stream.detection.kernel.scale import LIMIT
from stream.detection.state.detector_state import DetectorState

NARROWEST: Final = np.float32(1e-30)
"""Width that stands in for one that float32 rounds to 0."""

FARTHEST: Final = 1e30
"""Forecasts beyond this are taken for what they are: a model that has lost its footing."""


class WindowedForecaster:
    """Forecaster on windows of one or several features.

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
    fingerprint : int
        Of window and features, so that another model's windows are not taken for ours.
    """

    looks_ahead = False

    def __init__(
        self, model: WindowModel, scaling: Scaling, spread: Float64, n_history: int, fingerprint: int = 0
    ) -> None:
        self.n_history = n_history
        self.model = fingerprint
        self._predict = model.predict
        self._scaling = scaling
        self._spread = spread

    def forecast(self, state: DetectorState, shown: Shown, forecasts: Records) -> None:
        """Forecast from the windows that end with these records; see `Forecaster.forecast`.

        Parameters
        ----------
        shown : Shown
            One record of each slot; the features of a key side by side, in the model's order.
        """
        slots, records = shown.slots, shown.step_records.take(shown.rows)
        t, values = state.t[slots].astype(np.int64), records["learned"]
        first = slots[t == 0]
        state.history[first] = values[t == 0, None]
        state.history[slots, t % self.n_history] = values
        forecast = self._forecast(state.history.take(slots, axis=0), t) - state.x0[slots]
        usable = np.abs(forecast) < FARTHEST
        point = np.where(usable, forecast, state.previous[slots]).astype(np.float32)
        parameters = self._as_mixture(point, records, shown.inputs[shown.rows, 0])
        forecasts["parameters"][shown.rows, :N_PARAMETERS] = parameters
        forecasts["parameters"][shown.rows, N_PARAMETERS:] = np.nan
        forecasts["is_known"][shown.rows] = True

    def _forecast(self, rings: Float64, t: Int64) -> Float64:
        """Run the model on ring buffers; result (keys * features,)."""
        values = oldest_first(rings, t).reshape(-1, len(self._spread), self.n_history).transpose(0, 2, 1)
        predicted = self._predict(np.ascontiguousarray(self._scaling.scaled(values)))
        return self._scaling.unscaled(predicted[:, -1]).ravel()

    def _as_mixture(self, forecast: Float32, records: Records, values: Float32) -> Float32:
        """Convert a point forecast to a mixture on the inputs' scale."""
        n_keys, scale = len(forecast) // len(self._spread), records["spread"]
        centre = np.arcsinh((forecast - records["centre"]) / scale)
        stretch = scale * np.cosh(np.clip(centre, -LIMIT, LIMIT))
        width = np.tile(self._spread, n_keys).astype(np.float32) / stretch
        parameters = np.zeros((len(forecast), N_PARAMETERS), np.float32)
        parameters[:, N_COMPONENTS : 2 * N_COMPONENTS] = (centre - values)[:, None]
        parameters[:, 2 * N_COMPONENTS :] = np.log(np.maximum(width, NARROWEST))[:, None]
        return parameters
