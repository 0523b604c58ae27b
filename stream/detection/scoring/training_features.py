"""Training inputs, bit-identical to the detector's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.arrays import N_INPUTS, Float32, Float64, Int64
from stream.detection.forecast.horizon import REACHES
from stream.detection.scoring.step import compute_features
from stream.detection.seasonal.hourly import SURPRISING
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.step_record import STEP_RECORD


class ModelInputs(NamedTuple):
    """Inputs of n series, with scale and reach."""

    inputs: Float32
    """Shape (n, length, 26)."""
    centre: Float32
    """Slow mean m after each record, relative to the series' first value; shape (n, length)."""
    spread: Float32
    """Slow deviation s after each record, > 0, in the metric's unit; shape (n, length)."""
    reach: Int64
    """Records from each record to the far one that is forecast; shape (n, length)."""


def model_inputs(
    timestamps_s: Float64, values: Float64, n_skipped: int = 0, *, surprising: float = SURPRISING
) -> ModelInputs:
    """Run the detector's stages over whole series.

    Parameters
    ----------
    timestamps_s, values : float64, shape (n, n_skipped + length)
        Times in seconds, strictly increasing along a series; finite values.
    n_skipped : int
        First records of each series that are learned from but not given.
    surprising : float
        As for `AnomalyScorer`.
    """
    n, length = values.shape[0], values.shape[1] - n_skipped
    keys, slots = DetectorState(n).records, np.arange(n)
    inputs, step_records = np.empty((n, length, N_INPUTS), np.float32), np.empty((n, length), STEP_RECORD)
    for t in range(values.shape[1]):
        seen, shown = np.zeros(n, STEP_RECORD), np.empty((n, N_INPUTS), np.float32)
        compute_features(keys, slots, np.array(timestamps_s[:, t]), np.array(values[:, t]), surprising, seen, shown)
        if t >= n_skipped:
            inputs[:, t - n_skipped], step_records[:, t - n_skipped] = shown, seen
    return ModelInputs(inputs, step_records["centre"], step_records["spread"], REACHES[step_records["octave"]])
