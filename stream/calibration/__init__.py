"""Calibration of windowed models on data, without training."""

from stream.calibration.calibrate import Calibration, GoodnessOfFit
from stream.calibration.errors import cutoff_at, forecast_residuals, logistic_scale, reconstruction_errors
from stream.calibration.scaling import KINDS, METHODS, BundleSpec, fit_scaling, read_scaling
from stream.calibration.series import CalibrationSeries, read_series
from stream.calibration.wrapping import Wrapped, declared_window, wrap

__all__ = [
    "KINDS",
    "METHODS",
    "BundleSpec",
    "Calibration",
    "CalibrationSeries",
    "GoodnessOfFit",
    "Wrapped",
    "cutoff_at",
    "declared_window",
    "fit_scaling",
    "forecast_residuals",
    "logistic_scale",
    "read_scaling",
    "read_series",
    "reconstruction_errors",
    "wrap",
]
