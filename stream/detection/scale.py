"""The scale: a slow mean and deviation of each key, in which the forecaster sees every key alike."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.age import AGES, weights
from stream.detection.batch import Batch, rows_of
from stream.detection.constant import double, single
from stream.detection.record import Float32, Float64, Int64

WEIGHTS: Final = weights(2016, 24, 12)
"""Of the slow mean and deviation, of the fast ones, and of the fastest mean."""

MEANS: Final = rows_of("centre", "mean_24")
VARIANCES: Final = rows_of("variance", "variance_24")

FEW: Final = 5
"""Records below which a tenth of the value itself is added to the scale, so that the first differences are not huge."""

PARTS: Final = 0.001 + 0.1 * (AGES < FEW)
LEAST: Final = double(1e-9)
ONE: Final = single(1)


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
    """Map values to the space in which every key looks alike: asinh((v - centre) / spread), last axes alike."""
    reduced: Float32 = np.arcsinh((values - centre) / spread)
    return reduced


def learn(batch: Batch, y: Float32) -> Scale:
    """Take a record into the moments of its key, those of the slow and the fast window at once (section 6.1)."""
    weights = WEIGHTS.take(batch.age, axis=1)
    means, variances, two = batch.numbers[MEANS], batch.numbers[VARIANCES], weights[:2]
    difference = y - means
    step = two * difference
    means += step
    np.multiply(ONE - two, variances + step * difference, out=variances)
    batch.mean_12 += weights[2] * (y - batch.mean_12)
    scale = spread(batch.variance, batch.centre, batch.x0, batch.age)
    return Scale(batch.centre, scale, batch.mean_12, np.sqrt(batch.variance_24))
