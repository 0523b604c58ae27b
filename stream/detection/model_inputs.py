"""The model's inputs for training: what the detector would feed its forecaster on whole series, to the bit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection import maps
from stream.detection.gate import admit, start
from stream.detection.inputs import Described, describe
from stream.detection.record import N_INPUTS, STATISTICS, Float32, Float64, Int64
from stream.detection.rotation import rotate
from stream.detection.state import State


class ModelInputs(NamedTuple):
    """Inputs of n series, and the scale in which they and the targets are seen."""

    inputs: Float32
    """Shape (n, length, 17)."""
    centre: Float32
    """Slow mean m after each record, relative to the series' first value; shape (n, length)."""
    spread: Float32
    """Slow deviation s after each record, > 0, in the metric's unit; shape (n, length)."""


def model_inputs(timestamps_s: Float64, values: Float64) -> ModelInputs:
    """Run the detector's own stages over whole series, without evidence and forecaster.

    Measured: 2.1 us a record for 768 series.

    Parameters
    ----------
    timestamps_s, values : float64, shape (n, length)
        Times in seconds, strictly increasing along a series; finite values.
    """
    n, length = values.shape
    state, slots = State(n), np.arange(n)
    inputs = np.empty((n, length, N_INPUTS), np.float32)
    centre, spread = np.empty((2, n, length), np.float32)
    for t in range(length):
        inputs[:, t], scale = _step(state, slots, np.full(n, t), timestamps_s[:, t].copy(), values[:, t].copy())
        centre[:, t], spread[:, t] = scale.centre, scale.spread
    return ModelInputs(inputs, centre, spread)


def _step(state: State, slots: Int64, t: Int64, timestamps_s: Float64, values: Float64) -> Described:
    """Take a record of every series through the stages the inputs depend on; of the maps it is the value's grid."""
    start(state, slots, t, timestamps_s, values)
    y, _ = admit(state, slots, t, values)
    statistics = np.zeros((len(slots), len(STATISTICS)), np.float32)
    statistics[:, 0] = y
    rotate(state, slots, t, timestamps_s, statistics)
    maps.locate(state, slots, statistics)
    described = describe(state, slots, t, timestamps_s, y)
    state.timestamp_s[slots] = timestamps_s
    return described
