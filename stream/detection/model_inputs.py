"""The model's inputs for training: what the detector would feed its forecaster on whole series, to the bit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection import maps
from stream.detection.batch import Batch
from stream.detection.described import Described
from stream.detection.gate import admit, start
from stream.detection.inputs import describe
from stream.detection.record import N_INPUTS, STATISTICS, Float32, Float64, Int64
from stream.detection.rotation import rotate
from stream.detection.scale import learn
from stream.detection.state import State


class ModelInputs(NamedTuple):
    """Inputs of n series, and the scale in which they and the targets are seen."""

    inputs: Float32
    """Shape (n, length, 26)."""
    centre: Float32
    """Slow mean m after each record, relative to the series' first value; shape (n, length)."""
    spread: Float32
    """Slow deviation s after each record, > 0, in the metric's unit; shape (n, length)."""
    reach: Int64
    """Records from each record to the far one that is forecast; shape (n, length)."""


def model_inputs(timestamps_s: Float64, values: Float64, n_skipped: int = 0) -> ModelInputs:
    """Run the detector's own stages over whole series, without evidence and forecaster.

    Parameters
    ----------
    timestamps_s, values : float64, shape (n, n_skipped + length)
        Times in seconds, strictly increasing along a series; finite values.
    n_skipped : int
        First records of each series that are learned from but not given.
    """
    n, length = values.shape[0], values.shape[1] - n_skipped
    state, slots = State(n), np.arange(n)
    seen = ModelInputs(
        np.empty((n, length, N_INPUTS), np.float32),
        np.empty((n, length), np.float32),
        np.empty((n, length), np.float32),
        np.empty((n, length), np.int64),
    )
    for t in range(values.shape[1]):
        record = _step(state, slots, timestamps_s[:, t].copy(), values[:, t].copy())
        if t >= n_skipped:
            _keep(seen, t - n_skipped, record)
    return seen


def _keep(seen: ModelInputs, t: int, record: Described) -> None:
    seen.inputs[:, t], seen.reach[:, t] = record.inputs, record.reach
    seen.centre[:, t], seen.spread[:, t] = record.scale.centre, record.scale.spread


def _step(state: State, slots: Int64, timestamps_s: Float64, values: Float64) -> Described:
    """Take a record of every series through the stages the inputs depend on; of the maps it is the value's grid."""
    batch = Batch(state, slots)
    start(batch, timestamps_s, values)
    y, _ = admit(batch, values)
    statistics = np.zeros((len(STATISTICS), len(slots)), np.float32)
    statistics[0] = y
    rotate(batch, timestamps_s, statistics)
    place = maps.locate(batch, statistics)
    described = describe(batch, timestamps_s, y, learn(batch, y), place.value_grid)
    batch.put_back()
    state.timestamp_s[slots], state.t[slots] = timestamps_s, batch.t + 1
    return described
