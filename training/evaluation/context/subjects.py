"""Subjects: the detector with the shipped LSTM or another, and with the last value in place of any model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from stream.detection.arrays import N_OUTPUTS, N_PARAMETERS, Records
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.shown import Shown
from stream.detection.state.detector_state import DetectorState
from stream.detectors import build_detector, chosen_bundle
from stream.errors import ModelError

LAST_VALUE_LOG_WIDTH = -1.5
"""Log width of the far forecast that the last value stands in for: a quarter of the key's deviation."""


class Subject(Protocol):
    """What is evaluated."""

    def build_detector(self) -> ForecastDetector:
        """Make a new detector."""


@dataclass(frozen=True, slots=True)
class Model:
    """The detector as it ships, with the bundle of a forecaster; None is the one in the package."""

    path: Path | None = None

    def build_detector(self) -> ForecastDetector:
        """Make a new detector.

        Raises
        ------
        ModelError
            If the bundle is refused, or is no forecaster of one feature.
        """
        bundle = chosen_bundle(self.path)
        detector = build_detector(bundle)
        if not isinstance(detector, ForecastDetector) or detector.n_features != 1:
            raise ModelError(f"model {bundle.path}: expected a forecaster of one feature, found {bundle.kind}")
        return detector


class LastValue:
    """The same detector without a model: what comes next, and in hours, is what is now."""

    def build_detector(self) -> ForecastDetector:
        """Make a new detector."""
        return ForecastDetector(_LastValue())


class _LastValue:
    n_history = model = 0
    looks_ahead = False

    def forecast(self, _state: DetectorState, shown: Shown, forecasts: Records) -> None:
        parameters = np.zeros((len(shown.rows), N_OUTPUTS), np.float32)
        parameters[:, N_PARAMETERS] = shown.inputs[shown.rows, 0] - shown.step_records["seasonal_mean"][shown.rows]
        parameters[:, N_PARAMETERS + 1] = LAST_VALUE_LOG_WIDTH
        forecasts["parameters"][shown.rows], forecasts["is_known"][shown.rows] = parameters, True
