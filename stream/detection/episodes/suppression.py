"""Tolerance: which alarms the rules of a series suppress."""

from __future__ import annotations

import numpy as np

from stream.detection.episodes.transition import Held
from stream.detection.state.key_state import KeyState
from stream.detection.state.layout import Bool, Float64, Int64, UInt8


def suppressed(state: KeyState, slots: Int64, above: Bool, largest: Float64, expected: Float64) -> UInt8:
    """Say which alarms the rules of their series suppress, each as `Held`.

    Parameters
    ----------
    above : bool, shape (n,)
        Which way they go.
    largest : float64, shape (n,)
        Largest deviation that any evidence knows, in the metric's unit: none of them may be as large as a rule asks.
    expected : float64, shape (n,)
    """
    treatments, row = state.treatments, state.treatment[slots]
    small = (largest < treatments.min_deviation[row]) | (
        largest < treatments.min_deviation_share[row] * np.abs(expected)
    )
    held = np.where(small, Held.MIN_DEVIATION, Held.NONE).astype(np.uint8)
    held[other_side(state, slots, above)] = Held.DIRECTION
    return held


def other_side(state: KeyState, slots: Int64, above: Bool) -> Bool:
    """Say which keys are watched for the other direction alone."""
    watched = state.treatments.direction[state.treatment[slots]]
    other: Bool = watched == np.where(above, -1, 1)
    return other
