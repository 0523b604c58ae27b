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
