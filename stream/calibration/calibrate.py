"""Calibration: run a model over data, find its thresholds."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from stream.calibration.errors import (
    LastValue,
    OwnMean,
    cutoff_at,
    forecast_residuals,
    logistic_scale,
    reconstruction_errors,
)
from stream.calibration.scaling import FORECAST, BundleSpec
from stream.calibration.series import CalibrationSeries
from stream.detection.arrays import Float64
from stream.detection.forecast.windows import WindowModel
from stream.errors import DataError
from stream.model import OnnxWindowModel

MAX_WINDOWS = 100_000
"""Windows that are looked at; of longer data every second one, every third and so on."""


class Calibration(NamedTuple):
    """Calibrated spread of a forecast, or cut-off of a reconstruction."""

    spread: tuple[float, ...] | None = None
    cutoff: float | None = None
    stride: int | None = None


class GoodnessOfFit(NamedTuple):
    """How well a model knows the calibration data."""

    n_windows: int
    """Windows that were looked at."""
    rms: float
    baseline_rms: float
    """Root mean square, in scaled units, of what the model misses, and of what its baseline misses: the last value as
    forecast, the window's own mean as reconstruction. A model that is no better was given another scaling than the one
    it was trained with, or has learned nothing."""


def calibrate(model: OnnxWindowModel, spec: BundleSpec, data: CalibrationSeries) -> tuple[Calibration, GoodnessOfFit]:
    """Run a model over calibration data.

    Raises
    ------
    ModelError
        If the model gives anything but finite numbers.
    DataError
        If every forecast is exact.
    """
    every = ceil(data.n_windows(spec.window) / MAX_WINDOWS)
    return (_calibrate_forecast if spec.kind == FORECAST else _calibrate_reconstruction)(model, spec, data, every)


def _calibrate_forecast(
    model: OnnxWindowModel, spec: BundleSpec, data: CalibrationSeries, every: int
) -> tuple[Calibration, GoodnessOfFit]:
    def residuals(each: WindowModel) -> Float64:
        scaling, window = spec.scaling, spec.window
        return np.concatenate([forecast_residuals(each, scaling, series, window, every) for series in data.values])

    missed = residuals(model)
    spread = logistic_scale(missed)
    for feature, scale in zip(spec.features, spread, strict=True):
        if scale == 0:
            raise DataError(f"{data.file}: every forecast of {feature} is exact: calibrate on data in which it moves")
    rms, baseline_rms = (_rms(each / spec.scaling.scale) for each in (missed, residuals(LastValue())))
    return Calibration(spread=tuple(spread.tolist())), GoodnessOfFit(len(missed), rms, baseline_rms)


def _calibrate_reconstruction(
    model: OnnxWindowModel, spec: BundleSpec, data: CalibrationSeries, every: int
) -> tuple[Calibration, GoodnessOfFit]:
    rows = [spec.scaling.scaled(series) for series in data.values]

    def errors(each: WindowModel) -> Float64:
        return np.concatenate([reconstruction_errors(each, series, spec.window, every) for series in rows])

    missed = errors(model)
    calibration = Calibration(cutoff=cutoff_at(missed, spec.quantile), stride=spec.stride)
    n_numbers = model.n_steps * len(spec.features)
    rms, baseline_rms = (_rms(each) / n_numbers**0.5 for each in (missed, errors(OwnMean(model.n_steps))))
    return calibration, GoodnessOfFit(len(missed), rms, baseline_rms)


def _rms(numbers: Float64) -> float:
    return float(np.sqrt(np.mean(numbers * numbers)))
