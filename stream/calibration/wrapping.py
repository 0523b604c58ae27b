"""Wrap a user's ONNX model as a calibrated bundle."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from stream.calibration.calibrate import Calibration, GoodnessOfFit, calibrate
from stream.calibration.scaling import FORECAST, KINDS, BundleSpec
from stream.calibration.series import CalibrationSeries
from stream.detection.arrays import Float32
from stream.errors import DataError, ModelError
from stream.model import Bundle, describe, seal_windowed
from stream.model.checks.graph_checks import check_one_array_each, show_shape
from stream.model.windowed import MAX_WINDOW

MAX_GOLDEN = 32
GOLDEN_NUMBERS = 2**18
"""Numbers in all golden windows together; of long windows there are fewer."""

MIN_FORECASTS = 100


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A bundle, and what its calibration found."""

    content: bytes
    calibration: Calibration
    fit: GoodnessOfFit


def wrap(model: bytes, spec: BundleSpec, data: CalibrationSeries) -> Wrapped:
    """Build a checked bundle from a windowed ONNX model.

    The model is sealed once to run it over the calibration data, and again with what they show. Data that the model was
    trained on flatter it: its spread and cut-off come out too small.

    Parameters
    ----------
    model : bytes
        One input, float32 (free, window, features); one output, float32 (free, 1 or window, features).
    spec : BundleSpec
    data : CalibrationSeries

    Returns
    -------
    Wrapped

    Raises
    ------
    ModelError
        If the model would be refused as a bundle, with the reason.
    DataError
        If the data are too few, or constant.
    """
    _check_enough(spec, data)
    golden = _golden_windows(spec, data)
    unknown = Calibration(spread=(1.0,) * len(spec.features)) if spec.kind == FORECAST else Calibration(None, 1.0, 1)
    bundle = Bundle.from_bytes(_seal(model, spec, golden, unknown, spec.facts), Path(spec.name))
    calibration, fit = calibrate(bundle.window_model(), spec, data)
    trained = spec.facts | {"calibration": _facts(data) | fit._asdict()}
    return Wrapped(_seal(model, spec, golden, calibration, trained), calibration, fit)


def declared_window(model: bytes) -> int:
    """Read the window length that a graph declares.

    Parameters
    ----------
    model : bytes
        A serialised ONNX model.

    Raises
    ------
    ModelError
        If its one input has not three axes, or leaves the second one free.
    """
    value, _ = check_one_array_each(describe(model))
    if value.shape is None or len(value.shape) != 3 or not isinstance(value.shape[1], int):
        raise ModelError(
            f"expected `{value.name}` of shape (free, window, features), found {show_shape(value.shape)}: "
            "say how long the window is, --window"
        )
    window = value.shape[1]
    if not 1 <= window <= MAX_WINDOW:
        raise ModelError(f"expected a window of 1 to {MAX_WINDOW:,} points, found {window:,}: export it with another")
    return window


def _facts(data: CalibrationSeries) -> dict[str, object]:
    return {
        "file": data.file,
        "n_series": len(data.values),
        "n_points": data.n_points(),
        "n_missing": data.n_missing,
    }


def _check_enough(spec: BundleSpec, data: CalibrationSeries) -> None:
    window = spec.window
    if spec.kind == FORECAST:
        n_needed, what, n_points = MIN_FORECASTS, "forecasts", window + MIN_FORECASTS
        n_found = data.n_windows(window + 1)
    else:
        n_needed, what = ceil(round(1 / (1 - spec.quantile), 6)), f"windows for the {spec.quantile:g} quantile"
        n_found, n_points = data.n_windows(window), window + n_needed - 1
    if n_found < n_needed:
        raise DataError(
            f"{data.file}: expected at least {n_needed:,} {what}, that is {n_points:,} points of one series for a "
            f"window of {window:,}, found {data.n_points():,} points in {len(data.values)} series: bring more"
        )


def _golden_windows(spec: BundleSpec, data: CalibrationSeries) -> Float32:
    """Take windows from all over the data."""
    n_fitting = GOLDEN_NUMBERS // (spec.window * len(spec.features))
    n_windows = data.n_windows(spec.window)
    places = np.linspace(0, n_windows - 1, min(max(2, n_fitting), MAX_GOLDEN, n_windows), dtype=int)
    return spec.scaling.scaled(np.stack([data.window(int(place), spec.window) for place in places]))


def _seal(
    model: bytes, spec: BundleSpec, golden: Float32, calibration: Calibration, trained: dict[str, object]
) -> bytes:
    return seal_windowed(
        model,
        name=spec.name,
        version=spec.version,
        kind=KINDS[spec.kind],
        features=spec.features,
        trained=trained,
        window=spec.window,
        offset=spec.scaling.offset.tolist(),
        scale=spec.scaling.scale.tolist(),
        golden_windows=golden,
        spread=calibration.spread,
        cutoff=calibration.cutoff,
        stride=calibration.stride,
    )
