"""The scale: a slow mean and deviation of each key, in which the forecaster sees every key alike."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.age import AGES, weights
from stream.detection.batch import Batch, rows_of
from stream.detection.constant import ONE, double, single
from stream.detection.record import Float32, Float64, Int64

WEIGHTS: Final = weights(300.5, 12, 2016, 24)
"""Of the level and the fastest mean, and of the slow and the fast mean, which have their variances."""

MEANS: Final = rows_of("level", "mean_24")
VARIANCES: Final = rows_of("variance", "variance_24")

FEW: Final = 5
"""Records below which a tenth of the value itself is added to the scale, so that the first differences are not huge."""

PARTS: Final = 0.001 + 0.1 * (AGES < FEW)
LEAST: Final = double(1e-9)
LARGEST: Final = single(1e18)
"""Ratio whose square float32 still holds."""


class Scale(NamedTuple):
    """Moments of the values less x0 after a record, all float32 of shape (batch,)."""

    centre: Float32
    spread: Float32
    mean_12: Float32
    deviation_24: Float32


def spread(variance: Float32, centre: Float32, x0: Float64, age: Int64) -> Float32:
    """Turn a slow variance into the scale of the inputs, never 0, after a record at this age (section 6.1)."""
    scale: Float32 = (np.sqrt(variance) + PARTS.take(age) * np.absolute(centre + x0) + LEAST).astype(np.float32)
    return scale


def standardised(values: Float32, centre: Float32, spread: Float32) -> Float32:
    """Map values to the space in which every key looks alike: asinh((v - centre) / spread), last axes alike.

    By its definition, log(x + sqrt(x^2 + 1)): numpy's own takes three times as long. It is as exact, to 6e-7 for all
    that the inputs' limit lets through; relative to results next to 0 it is not, and need not be.
    """
    reduced = (values - centre) / spread
    size = np.minimum(np.absolute(reduced), LARGEST)
    standard: Float32 = np.copysign(np.log(size + np.sqrt(size * size + ONE)), reduced)
    return standard


def learn(batch: Batch, y: Float32) -> Scale:
    """Take a record into the moments of its key, all exponential windows at once (sections 3 and 6.1)."""
    weights = WEIGHTS.take(batch.age, axis=1)
    means, variances = batch.numbers[MEANS], batch.numbers[VARIANCES]
    difference = y - means
    step = weights * difference
    means += step
    np.multiply(ONE - weights[2:], variances + step[2:] * difference[2:], out=variances)
    width = spread(batch.variance, batch.centre, batch.x0, batch.age)
    return Scale(batch.centre, width, batch.mean_12, np.sqrt(batch.variance_24))
