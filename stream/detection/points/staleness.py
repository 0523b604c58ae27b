"""Staleness: series without points, by event time."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64
from stream.detection.points.timeline import REGULAR_AFTER, REGULAR_BELOW
from stream.detection.state.key_state import KeyState

MAX_IRREGULARITY: Final = 0.5
"""Irregularity from which a series comes and goes as it likes: times drawn at random have 0.55."""

GAP_FACTOR: Final = 1.5
"""A series that is used to stay away so long is missed after so many times that."""


class Staleness(IntEnum):
    """Staleness of a key, as stored in its record.

    DUE is one whose event is to be published once this is durable, UNTOLD one that gets none.
    """

    ACTIVE = 0
    PENDING = 1
    NOTIFIED = 2
    SUPPRESSED = 3


def timeout_s(state: KeyState, slots: Int64, default: float) -> Float64:
    """Return the seconds after which keys are stale.

    So many usual intervals as the rules of the series say, or else `default`; twice as many where intervals are off by
    a tenth, six times as many where by half; and never less than `GAP_FACTOR` times what it is used to stay away.
    Infinite for a key that is too young or too fitful to be missed, or is not to be watched.
    """
    n_intervals = state.series_policies.silent_after[state.series_policy[slots]]
    n_intervals = np.where(np.isnan(n_intervals), default, n_intervals)
    interval_s, irregularity = state.interval_s[slots].astype(np.float64), state.irregularity[slots].astype(np.float64)
    patience = np.maximum(
        n_intervals * interval_s * (1 + irregularity / REGULAR_BELOW), GAP_FACTOR * state.absence_s[slots]
    )
    watched = (
        (state.t[slots] >= REGULAR_AFTER) & (irregularity < MAX_IRREGULARITY) & (interval_s > 0) & (n_intervals > 0)
    )
    return np.where(watched, patience, np.inf)


def is_stale(state: KeyState, slots: Int64, watermark_s: float, seen_s: Float64, default: float) -> Bool:
    """Return which keys have become stale.

    Parameters
    ----------
    watermark_s : float
        How far the event time of the other keys has come.
    seen_s : float64, shape (n,)
        How far it had come when each key's last point arrived: one that is far behind, but comes, is not silent.
    default : float
        Intervals for keys without a rule.
    """
    patience = timeout_s(state, slots, default)
    since_s = np.maximum(state.timestamp_s[slots], seen_s)
    late = watermark_s - since_s > patience
    at = np.flatnonzero(late & (state.silence[slots] == Staleness.ACTIVE))
    missed = np.zeros(len(slots), np.bool_)
    moments = np.full(len(at), watermark_s)
    missed[at] = state.is_expected(slots[at], moments) & state.is_expected(slots[at], moments - patience[at])
    return missed
