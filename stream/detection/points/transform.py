"""Transforms of values before scoring, and their inverse.

A rate is the difference of two values over the seconds between them. What a counter counted between its last point and
a reset is not known, so that step has no rate: taking the value since the reset for the whole, as some do, would make
a low rate, and an alarm, of every restart.

The logarithm is asinh(x / c), c being a thousandth of the first value of the key that is not 0. Beyond c it is
log(2 x / c) to within (c / x)^2 / 4; through 0 it goes on as a line and is odd, so that zeros and negative values,
which have no logarithm, are judged too: 0 lies 7.6 below the first value, as far as a factor of 2,000. Once chosen, c
stays.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, Protocol

import numpy as np

from stream.detection.arrays import Float64
from stream.detection.compiler.stage import compiled
from stream.detection.policy.policy import Transform
from stream.detection.state.detector_state import DetectorState

REFERENCE: Final = 1e-3
"""The c of the logarithm as a part of the key's first value."""

SMALLEST_REFERENCE: Final = 1e-307
"""Smaller numbers are denormal, which means of few digits and slow."""

HIGHEST_RATIO: Final = 1e300
"""Values further above c are held there."""

FURTHEST: Final = math.asinh(HIGHEST_RATIO)
"""The logarithm of those."""


class TransformedKey(Protocol):
    """What is remembered of a key for its transform; a `Key` does."""

    timestamp_s: float
    transform: np.uint8
    reference: float


class Transformed(NamedTuple):
    """A value as the detector sees it."""

    value: float
    """Finite; means nothing where not `usable`."""
    usable: bool
    """False at the first point and at a reset of a counter, which have no rate."""
    is_reset: bool
    """Whether a counter was reset."""


@compiled
def apply(key: TransformedKey, timestamp_s: float, value: float) -> Transformed:
    """Transform a value of a key, and remember what the next one needs.

    Parameters
    ----------
    timestamp_s : float
        Later than the last one of the key.
    value : float
        In the metric's unit, finite.
    """
    if key.transform == Transform.RATE.value:
        return _rate(key, timestamp_s, value)
    return Transformed(_logarithm(key, value) if key.transform == Transform.LOG.value else value, True, False)


@compiled
def _rate(key: TransformedKey, timestamp_s: float, value: float) -> Transformed:
    last_s, last = key.timestamp_s, key.reference
    seen, rises = last_s != 0, value >= last
    key.reference = value
    if not (seen and rises):
        key.timestamp_s = timestamp_s  # The detector moves the time of the keys it sees; this one it does not see.
        return Transformed(0.0, False, seen)
    return Transformed((value - last) / (timestamp_s - last_s), True, False)


@compiled
def _logarithm(key: TransformedKey, value: float) -> float:
    if key.reference == 0 and value != 0:
        key.reference = max(REFERENCE * abs(value), SMALLEST_REFERENCE)
    ratio = value / key.reference if key.reference != 0 else 0.0
    return math.asinh(min(max(ratio, -HIGHEST_RATIO), HIGHEST_RATIO))


@compiled
def in_unit(key: TransformedKey, value: float) -> float:
    """Convert a value of the detector into the user's unit; see `undo`."""
    if key.transform != Transform.LOG.value:
        return value
    return key.reference * math.sinh(min(max(value, -FURTHEST), FURTHEST))


def undo(state: DetectorState, slot: int, values: Float64) -> Float64:
    """Convert values of a key into the user's unit; a rate stays one, in units a second.

    Parameters
    ----------
    values : float64, shape (n,)
        NaN stays NaN.
    """
    if state.transform[slot] != Transform.LOG:
        return values
    with np.errstate(over="ignore"):
        found: Float64 = state.reference[slot] * np.sinh(np.clip(values, -FURTHEST, FURTHEST))
    return found
