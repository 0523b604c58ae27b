"""Tolerance: which alarms the rules of a series let pass without an episode."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.evidence import EVIDENCE
from stream.detection.key_state import KeyState
from stream.detection.record import STATISTICS, Bool, Float64, Int64, UInt8
from stream.detection.scores import Scores
from stream.detection.state import State
from stream.detection.transition import Held
from stream.detection.treatment import Transform
from stream.detection.usual import usual

OWN_SIZE: Final = np.array([kind in ("residual_3", "level") for kind in EVIDENCE])
"""Of the kinds of evidence, those that are a deviation themselves: of three forecasts, and of the level."""


def deviation(
    state: State, slots: Int64, timestamps_s: Float64, actual: Float64, expected: Float64, scores: Scores, rows: Int64
) -> Float64:
    """Say how far off these records are, and which way: above 0 is up.

    It is that of the evidence with the largest share in the score: where the last three forecasts or a shifted level
    weigh most, their mean error or the shift itself, as a value on its way back may lie on the other side already;
    where the moment or the quiet does, actual less what is usual at this hour, as the forecast has followed by then;
    otherwise, and wherever a logarithm is judged, actual less expected.

    Parameters
    ----------
    timestamps_s, actual, expected : float64, shape (n,)
    rows : int64, shape (n,)
        Where these records stand in the scores.

    Returns
    -------
    float64, shape (n,)
        In the metric's unit.
    """
    leading = np.argmax(scores.shares(rows), axis=1)
    own = scores.statistics[rows, np.minimum(leading, len(STATISTICS) - 1)].astype(np.float64)
    is_log = state.transform[slots] == Transform.LOG
    now = usual(state, slots, timestamps_s).values
    since = np.where((leading >= len(STATISTICS)) & np.isfinite(now), now, expected)
    return np.where(OWN_SIZE[leading] & ~is_log, own, actual - since)


def held_back(state: KeyState, slots: Int64, deviations: Float64, expected: Float64) -> UInt8:
    """Say which alarms the rules of their series let pass, each as `Held`."""
    treatments, row = state.treatments, state.treatment[slots]
    size, least = np.abs(deviations), treatments.min_deviation[row]
    small = (size < least) | (size < treatments.min_deviation_share[row] * np.abs(expected))
    held = np.where(small, Held.MIN_DEVIATION, Held.NONE).astype(np.uint8)
    held[other_side(state, slots, deviations >= 0)] = Held.DIRECTION
    return held


def other_side(state: KeyState, slots: Int64, above: Bool) -> Bool:
    """Say which keys are watched for the other direction alone."""
    watched = state.treatments.direction[state.treatment[slots]]
    other: Bool = watched == np.where(above, -1, 1)
    return other
