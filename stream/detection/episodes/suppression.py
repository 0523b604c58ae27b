"""Tolerance: which alarms of a series are suppressed."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Bool, Int64, UInt8
from stream.detection.episodes.comparison import Comparison
from stream.detection.episodes.transition import Suppression
from stream.detection.state.key_state import KeyState


def suppression_reasons(
    state: KeyState, slots: Int64, timestamps_ms: Int64, compared: Comparison, kinds: UInt8
) -> UInt8:
    """Return why each alarm is suppressed, or none.

    None of the deviations that any evidence knows may be as large as a rule asks.
    """
    series_policies, row, largest = state.series_policies, state.series_policy[slots], compared.largest
    small = (largest < series_policies.min_deviation[row]) | (
        largest < series_policies.min_deviation_share[row] * np.abs(compared.expected)
    )
    held = directed_or_expected(state, slots, timestamps_ms, compared.deviations >= 0, kinds)
    return np.where(small & (held != Suppression.DIRECTION), Suppression.MIN_DEVIATION, held).astype(np.uint8)


def directed_or_expected(state: KeyState, slots: Int64, timestamps_ms: Int64, above: Bool, kinds: UInt8) -> UInt8:
    """Return the suppressions for which no size is asked."""
    series_policies, row = state.series_policies, state.series_policy[slots]
    held = np.where(series_policies.are_expected(row, kinds, timestamps_ms), Suppression.EXPECTED, Suppression.NONE)
    held[is_wrong_direction(state, slots, above)] = Suppression.DIRECTION
    return held.astype(np.uint8)


def is_wrong_direction(state: KeyState, slots: Int64, above: Bool) -> Bool:
    """Return which rows deviate in an unwatched direction."""
    watched = state.series_policies.direction[state.series_policy[slots]]
    other: Bool = watched == np.where(above, -1, 1)
    return other
