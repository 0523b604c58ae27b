"""What a user states about a model before calibration."""

from __future__ import annotations

from dataclasses import dataclass

from stream.detection.forecast.windows import Scaling

FORECAST, RECONSTRUCT = "forecast", "reconstruct"
KINDS = {FORECAST: "windowed-forecast", RECONSTRUCT: "windowed-reconstruction"}


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """What a user states about a model to wrap.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    features : tuple of str
        `("value",)` for plain numbers.
    scaling : Scaling
        The one that the model was trained with.
    stride : int
        Of a reconstruction, in the worker: points from one scored window to the next.
    quantile : float
        Of a reconstruction, below 1: share of the calibration windows that score below 1.
    facts : dict
        Goes into the bundle's `trained`, beside what the calibration finds.
    """

    kind: str
    name: str
    version: str
    features: tuple[str, ...]
    window: int
    scaling: Scaling
    stride: int
    quantile: float
    facts: dict[str, object]
