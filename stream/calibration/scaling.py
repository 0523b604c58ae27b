"""Scaling fitted to data, or read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from stream.detection.arrays import Float64
from stream.detection.forecast.windows import Scaling
from stream.errors import DataError
from stream.formats.rejections import UNREADABLE

METHODS = ("minmax", "standard", "none")

FORECAST, RECONSTRUCT = "forecast", "reconstruct"
KINDS = {FORECAST: "windowed-forecast", RECONSTRUCT: "windowed-reconstruction"}


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    """A scaling in a JSON file, one number per feature."""

    offset: list[float]
    scale: list[Annotated[float, Meta(gt=0)]]


def fit_scaling(values: Float64, features: Sequence[str], method: str = "minmax") -> Scaling:
    """Fit a scaling to data, feature by feature.

    Parameters
    ----------
    values : float64, shape (length, features)
        In the metric's unit, finite.
    features : sequence of str
        Names, for messages.
    method : str
        `minmax`: (x - min) / (max - min); `standard`: (x - mean) / standard deviation; `none`: x itself.

    Raises
    ------
    DataError
        If a feature is constant, which leaves nothing to divide by.
    ValueError
        If the method is none of `METHODS`.
    """
    if method == "none":
        return Scaling(np.zeros(len(features)), np.ones(len(features)))
    if method == "minmax":
        offset = values.min(axis=0)
        scale = values.max(axis=0) - offset
    elif method == "standard":
        offset, scale = values.mean(axis=0), values.std(axis=0)
    else:
        raise ValueError(f"expected a method out of {', '.join(METHODS)}, found {method}")
    for feature, lowest, highest in zip(features, values.min(axis=0), values.max(axis=0), strict=True):
        if lowest == highest:
            raise DataError(
                f"feature {feature} is constant, always {lowest:g}: it cannot be scaled; bring data in "
                "which it moves, or the scaling that the model was trained with"
            )
    return Scaling(offset, scale)


def read_scaling(path: Path, features: Sequence[str]) -> Scaling:
    """Read a scaling: `{"offset": [..], "scale": [..]}`, one number per feature.

    Raises
    ------
    DataError
        If the file cannot be read, is no such document, or has numbers for more or fewer features.
    """
    try:
        written = msgspec.json.decode(path.read_bytes(), type=_Written)
    except (OSError, *UNREADABLE) as error:
        raise DataError(f'{path}: expected a scaling, {{"offset": [..], "scale": [..]}}: {error}') from error
    for field, numbers in (("offset", written.offset), ("scale", written.scale)):
        if len(numbers) != len(features):
            raise DataError(
                f"{path}: expected one `{field}` for each feature ({', '.join(features)}), found {len(numbers)}"
            )
    return Scaling(np.array(written.offset), np.array(written.scale))


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """What a user states about a model to wrap."""

    kind: str
    """A key of `KINDS`."""
    name: str
    version: str
    features: tuple[str, ...]
    """`("value",)` for plain numbers."""
    window: int
    scaling: Scaling
    """The one that the model was trained with."""
    stride: int
    """Of a reconstruction, in the worker: points from one scored window to the next."""
    quantile: float
    """Of a reconstruction, below 1: share of the calibration windows that score below 1."""
    facts: dict[str, object]
    """Goes into the bundle's `trained`, beside what the calibration finds."""
