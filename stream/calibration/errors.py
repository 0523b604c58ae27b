"""Errors of a windowed model on data not trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stream.detection.arrays import Float32, Float64
from stream.detection.forecast.windows import Scaling, WindowModel, sliding_windows, window_errors
from stream.errors import DataError, ModelError

BLOCK = 4096
"""Windows in memory at once."""


class LastValue:
    """Forecasts that all stays as it is."""

    def predict(self, windows: Float32) -> Float32:
        """Return the last row of each window.

        Shape (batch, 1, features).
        """
        return windows[:, -1:]


class OwnMean:
    """Redraws a window as its own mean."""

    def __init__(self, n_steps: int) -> None:
        self._n_steps = n_steps

    def predict(self, windows: Float32) -> Float32:
        """Return the mean of each window and feature.

        Shape (batch, n_steps, features).
        """
        means: Float32 = windows.mean(axis=1, keepdims=True).repeat(self._n_steps, axis=1)
        return means


def reconstruction_errors(model: WindowModel, rows: Float32, window: int, stride: int = 1) -> Float64:
    """Return the error of each window.

    Parameters
    ----------
    model : WindowModel
        Of as many steps as its window, or of one, which is compared with the window's last row.
    rows : float32, shape (length, features)
        Scaled.
    window, stride : int
        Window i is rows i * stride to i * stride + window - 1.

    Returns
    -------
    float64, shape (windows,)
        Vector norms in scaled units; empty for a series that is shorter than a window.

    Raises
    ------
    ModelError
        If a window's reconstruction is no finite number.
    """
    errors = [
        window_errors(np.ascontiguousarray(windows[:, -predicted.shape[1] :]), predicted)
        for windows, predicted in _predictions(model, rows, window, stride)
    ]
    return np.concatenate(errors) if errors else np.empty(0)


def forecast_residuals(model: WindowModel, scaling: Scaling, values: Float64, window: int, stride: int = 1) -> Float64:
    """Return the residual of each forecast of a series.

    Parameters
    ----------
    model : WindowModel
        The last row of what it gives is the forecast of the point after its window.
    values : float64, shape (length, features)
        In the metric's unit.
    window, stride : int
        As for `reconstruction_errors`; the last point is only forecast, never looked at.

    Returns
    -------
    float64, shape (forecasts, features)
        Actual less forecast, in the metric's unit.

    Raises
    ------
    ModelError
        If a forecast is no finite number.
    """
    predictions = _predictions(model, scaling.scaled(values[:-1]), window, stride)
    forecasts = [scaling.unscaled(predicted[:, -1]) for _, predicted in predictions]
    if not forecasts:
        return np.empty((0, values.shape[1]))
    residuals: Float64 = values[window::stride] - np.concatenate(forecasts)
    return residuals


def cutoff_at(errors: Float64, quantile: float = 0.99) -> float:
    """Return the quantile of the window errors as cut-off.

    Parameters
    ----------
    errors : float64, shape (windows,)
    quantile : float
        In [0, 1], interpolated linearly between the two nearest errors.

    Raises
    ------
    DataError
        If there is no error, or the cut-off would be 0, by which no score can be divided.
    """
    if len(errors) == 0:
        raise DataError("expected window errors to set the cut-off by, found none")
    cutoff = float(np.quantile(errors, quantile))
    if not cutoff > 0:
        raise DataError(f"the {quantile:g} quantile of {len(errors):,} window errors is 0: scores cannot be made of it")
    return cutoff


def logistic_scale(residuals: Float64) -> Float64:
    """Estimate a logistic distribution's scale, robust to outliers.

    Half of its absolute values lie below scale * ln 3, so the median gives the scale. Where more than half of the
    residuals are 0, the mean, which is scale * 2 ln 2, stands in.

    Parameters
    ----------
    residuals : float64, shape (forecasts, features)

    Returns
    -------
    float64, shape (features,)
        In the residuals' unit, 0 where all residuals are.
    """
    missed = np.abs(residuals)
    by_median = np.median(missed, axis=0) / np.log(3)
    by_mean = missed.mean(axis=0) / (2 * np.log(2))
    scale: Float64 = np.where(by_median > 0, by_median, by_mean)
    return scale


def _predictions(model: WindowModel, rows: Float32, window: int, stride: int) -> Iterator[tuple[Float32, Float32]]:
    """Predict all windows, block by block."""
    n_windows = max(0, (len(rows) - window) // stride + 1)
    for first in range(0, n_windows, BLOCK):
        last = min(first + BLOCK, n_windows) - 1
        windows = sliding_windows(rows[first * stride : last * stride + window], window, stride)
        predicted = model.predict(windows)
        if not np.isfinite(predicted).all():
            raise ModelError(
                "expected finite numbers from the model, found NaN or infinity for the calibration data: "
                "is the scaling the one that it was trained with?"
            )
        yield windows, predicted
