"""The scale: a slow mean and deviation of each key, in which the forecaster sees every key alike."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.record import Float32, Float64, Int64
from stream.detection.state import State


class Weights:
    """Weight of the newest record in means that are plain at first and forget after some records, as a table.

    Parameters
    ----------
    *memories : float
        Records that each of n means remembers.
    """

    def __init__(self, *memories: float) -> None:
        t = np.arange(math.ceil(max(memories)))
        self._table: Float32 = np.maximum(1 / (t + 1), 1 / np.array(memories)[:, None]).astype(np.float32)

    def at(self, t: Int64) -> Float32:
        """Give the weights of records t, of shape (batch,); shape (n, batch)."""
        weights: Float32 = self._table.take(np.minimum(t, self._table.shape[1] - 1), axis=1)
        return weights


WEIGHTS: Final = Weights(2016, 24, 12)
"""Of the slow mean and deviation, of the fast ones, and of the fastest mean."""

FEW: Final = 5
"""Records below which a tenth of the value itself is added to the scale, so that the first differences are not huge."""


class Scale(NamedTuple):
    """Moments of the values less x0 after a record, all float32 of shape (batch,)."""

    centre: Float32
    spread: Float32
    mean_12: Float32
    deviation_24: Float32


def spread(variance: Float32, centre: Float32, x0: Float64, t: Int64) -> Float32:
    """Turn a slow variance into the scale of the inputs, never 0, after record t (section 6.1)."""
    part = 0.001 + 0.1 * (t < FEW)
    scale: Float32 = (np.sqrt(variance) + part * np.abs(centre + x0) + 1e-9).astype(np.float32)
    return scale


def standardised(values: Float32, centre: Float32, spread: Float32) -> Float32:
    """Map values to the space in which every key looks alike: asinh((v - centre) / spread), last axes alike."""
    reduced: Float32 = np.arcsinh((values - centre) / spread)
    return reduced


def learn(state: State, slots: Int64, t: Int64, y: Float32) -> Scale:
    """Take a record into the moments of its key (section 6.1)."""
    slow, fast, fastest = WEIGHTS.at(t)
    centre, variance = _moments(state.centre[slots], state.variance[slots], y, slow)
    mean_24, variance_24 = _moments(state.mean_24[slots], state.variance_24[slots], y, fast)
    mean_12 = state.mean_12[slots]
    mean_12 += fastest * (y - mean_12)
    state.centre[slots], state.variance[slots] = centre, variance
    state.mean_24[slots], state.variance_24[slots] = mean_24, variance_24
    state.mean_12[slots] = mean_12
    return Scale(centre, spread(variance, centre, state.x0[slots], t), mean_12, np.sqrt(variance_24))


def _moments(mean: Float32, variance: Float32, y: Float32, weight: Float32) -> tuple[Float32, Float32]:
    """Move mean and variance of an exponential window by one value."""
    difference = y - mean
    step = weight * difference
    return mean + step, (1 - weight) * (variance + step * difference)
