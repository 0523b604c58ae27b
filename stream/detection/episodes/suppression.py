"""Tolerance: which alarms the rules of a series suppress."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, UInt8
from stream.detection.episodes.transition import Suppression
from stream.detection.state.key_state import KeyState


def suppression_reasons(state: KeyState, slots: Int64, above: Bool, largest: Float64, expected: Float64) -> UInt8:
    """Return why rules suppress each alarm, or none.

    Parameters
    ----------
    above : bool, shape (n,)
        Which way they go.
    largest : float64, shape (n,)
        Largest deviation that any evidence knows, in the metric's unit: none of them may be as large as a rule asks.
    expected : float64, shape (n,)
    """
    series_policies, row = state.series_policies, state.series_policy[slots]
    small = (largest < series_policies.min_deviation[row]) | (
        largest < series_policies.min_deviation_share[row] * np.abs(expected)
    )
    held = np.where(small, Suppression.MIN_DEVIATION, Suppression.NONE).astype(np.uint8)
    held[is_wrong_direction(state, slots, above)] = Suppression.DIRECTION
    return held


def is_wrong_direction(state: KeyState, slots: Int64, above: Bool) -> Bool:
    """Return which rows deviate in an unwatched direction."""
    watched = state.series_policies.direction[state.series_policy[slots]]
    other: Bool = watched == np.where(above, -1, 1)
    return other
