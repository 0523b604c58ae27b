"""Transforms: what is judged instead of a value, and how what was forecast is said in the user's unit.

A rate is the difference of two values over the seconds between them. What a counter counted between its last point and
a reset is not known, so that step has no rate: taking the value since the reset for the whole, as some do, would make
a low rate, and an alarm, of every restart.

The logarithm is asinh(x / c), c being a thousandth of the first value of the key that is not 0. Beyond c it is
log(2 x / c) to within (c / x)^2 / 4; through 0 it goes on as a line and is odd, so that zeros and negative values,
which have no logarithm, are judged too: 0 lies 7.6 below the first value, as far as a factor of 2,000. Once chosen, c
stays.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.state.detector_state import State
from stream.detection.state.layout import Bool, Float64, Int64
from stream.detection.state.policy import Transform

REFERENCE: Final = 1e-3
"""The c of the logarithm as a part of the key's first value."""

SMALLEST_REFERENCE: Final = 1e-307
"""Smaller numbers are denormal, which means of few digits and slow."""

HIGHEST_RATIO: Final = 1e300
"""Values further above c are held there."""


class Transformed(NamedTuple):
    """Values as the detector sees them.

    Attributes
    ----------
    values : float64, shape (batch,)
        Finite; means nothing where not `usable`.
    usable : bool, shape (batch,)
        False at the first point and at a reset of a counter, which have no rate.
    reset : bool, shape (batch,)
        At which points a counter was reset.
    """

    values: Float64
    usable: Bool
    reset: Bool


def apply(state: State, slots: Int64, timestamps_s: Float64, values: Float64) -> Transformed:
    """Transform a value of each of these keys, and remember what the next one needs.

    Parameters
    ----------
    slots : int64, shape (batch,)
        Distinct.
    timestamps_s : float64, shape (batch,)
        Later than the last one of the key.
    values : float64, shape (batch,)
        In the metric's unit, finite.
    """
    transform, judged = state.transform[slots], values.copy()
    usable, reset = np.ones(len(slots), np.bool_), np.zeros(len(slots), np.bool_)
    counters, logs = np.flatnonzero(transform == Transform.RATE), np.flatnonzero(transform == Transform.LOG)
    if len(counters):
        rates = _rates(state, slots[counters], timestamps_s[counters], values[counters])
        judged[counters], usable[counters], reset[counters] = rates
    if len(logs):
        judged[logs] = _logarithms(state, slots[logs], values[logs])
    return Transformed(judged, usable, reset)


def _rates(state: State, slots: Int64, timestamps_s: Float64, values: Float64) -> Transformed:
    last_s, last = state.timestamp_s[slots], state.reference[slots]
    seen, rises = last_s != 0, values >= last
    usable = seen & rises
    state.reference[slots] = values
    # The detector moves the time of the keys it sees; the next step of the others begins here too.
    state.timestamp_s[slots[~usable]] = timestamps_s[~usable]
    return Transformed((values - last) / (timestamps_s - last_s), usable, seen & ~rises)


def _logarithms(state: State, slots: Int64, values: Float64) -> Float64:
    reference = state.reference[slots]
    first = np.maximum(REFERENCE * np.abs(values), SMALLEST_REFERENCE)
    reference = np.where((reference == 0) & (values != 0), first, reference)
    state.reference[slots] = reference
    with np.errstate(over="ignore"):
        ratio = np.clip(values / np.where(reference == 0, 1.0, reference), -HIGHEST_RATIO, HIGHEST_RATIO)
    logarithms: Float64 = np.arcsinh(ratio)
    return logarithms


def undo(state: State, slots: Int64, values: Float64) -> Float64:
    """Say values of the detector in the user's unit; a rate stays one, in units a second.

    Parameters
    ----------
    values : float64, shape (batch,)
        NaN stays NaN.
    """
    logs = np.flatnonzero(state.transform[slots] == Transform.LOG)
    if len(logs) == 0:
        return values
    said = values.copy()
    furthest = np.arcsinh(HIGHEST_RATIO)
    with np.errstate(over="ignore"):
        said[logs] = state.reference[slots[logs]] * np.sinh(np.clip(values[logs], -furthest, furthest))
    return said
