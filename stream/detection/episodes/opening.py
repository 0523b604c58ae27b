"""State of a key before an episode, to detect its end.

The statistics learn what lasts and are then calm; what was expected where an episode opened is kept and not moved.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import N_COMPONENTS, Bool, Float32, Float64, Int64
from stream.detection.episodes.comparison import Comparison, clipped
from stream.detection.episodes.episode import NEW_NORMAL
from stream.detection.kernel.grid import VALUE
from stream.detection.kernel.scale import LEAST, PART
from stream.detection.points.transform import undo
from stream.detection.seasonal.seasonal_mean import seasonal_means
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.phase import Phase

STRONG: Final = 0.5
"""A deviation of half of all that a key had shown: only such a one tells by itself whether a value is still off."""

STILL_OFF, BACK = 0.5, 0.25
"""Parts of the deviation with which an episode opened: from here on a value is still off, up to there it is back."""

SLOW: Final = ("level", "centre", "variance")
"""What is slow to forget an episode."""


class RecoveryState(NamedTuple):
    """Where values lie between expected and opening value; shape (n,)."""

    is_deviating: Bool
    """Still as far off as a deviation that is strong."""
    is_recovered: Bool
    """Back, after such a one."""
    is_recovering: Bool
    """Nearer to what was expected than to what opened it."""
    is_off: Bool
    """Nearer to what opened it, on that side."""


def restore_scale(state: DetectorState, slots: Int64) -> Int64:
    """Restore the scale from before a strong deviation.

    The slow variance would remember an outage for 2,000 records, and with it every band would be too wide. The moments
    of the last 24 and 12 records begin anew at the value that is back: they would widen the forecasts for a hundred.
    What has been forecast already is told in the new scale. Gives the slots of those keys.
    """
    width = (state.calm_high[slots] - state.calm_low[slots]).astype(np.float64)
    strong = np.abs(state.episode_deviation[slots]) >= STRONG * width
    at = slots[
        strong & (state.episode_settled[slots] < NEW_NORMAL) & (state.variance[slots] > state.calm_variance[slots])
    ]
    before = _spread(state, at)
    for name in SLOW:
        getattr(state, name)[at] = getattr(state, f"calm_{name}")[at]
    state.mean_24[at] = state.mean_12[at] = state.previous[at]
    state.variance_24[at] = np.minimum(state.variance_24[at], state.variance[at])
    wider = before / _spread(state, at)
    state.parameters[at, N_COMPONENTS : 2 * N_COMPONENTS] *= wider[:, None]
    state.parameters[at, 2 * N_COMPONENTS :] += np.log(wider)[:, None]
    state.outlook_sharpness[at] /= wider[:, None]
    return at


def _spread(state: DetectorState, slots: Int64) -> Float32:
    """Return the inputs' scale, as `stream.detection.kernel.scale.spread`."""
    level = np.abs(state.centre[slots] + state.x0[slots])
    found: Float32 = (np.sqrt(state.variance[slots]) + PART * level + LEAST).astype(np.float32)
    return found


def store(state: DetectorState, slots: Int64, compared: Comparison, begins: Bool) -> None:
    """Store expected value and deviation at the opening."""
    at = slots[begins]
    state.episode_reference[at] = compared.reference[begins] - state.x0[at]
    state.episode_deviation[at] = compared.analysed[begins] - compared.reference[begins]


def expected_at_opening(state: DetectorState, slots: Int64) -> Float64:
    """Return what was expected where the episodes opened."""
    reference: Float64 = state.episode_reference[slots] + state.x0[slots]
    return reference


def compare_with_opening(state: DetectorState, slots: Int64, compared: Comparison, rows: Bool) -> Comparison:
    """Compare values with the expectation at the opening."""
    reference = expected_at_opening(state, slots)
    expected = np.where(rows, clipped(state, slots, undo(state, slots, reference)), compared.expected)
    observed = np.where(rows, undo(state, slots, compared.analysed), compared.observed)
    lower, upper = (np.where(rows, np.nan, bound) for bound in (compared.lower, compared.upper))
    leading = np.where(rows, VALUE, compared.leading)
    return compared._replace(leading=leading, observed=observed, expected=expected, lower=lower, upper=upper)


def recovery(state: DetectorState, slots: Int64, timestamps_s: Float64, analysed: Float64) -> RecoveryState:
    """Return where values lie; the reference is seasonal if known."""
    deviation = state.episode_deviation[slots].astype(np.float64)
    now = seasonal_means(state, slots, timestamps_s).values
    reference = np.where(np.isfinite(now), now, expected_at_opening(state, slots))
    away = (analysed - reference) * np.sign(deviation)
    width = (state.calm_high[slots] - state.calm_low[slots]).astype(np.float64)
    kept = (state.episode_phase[slots] != Phase.NONE) | (state.episode_held[slots] > 0)
    known = kept & (deviation != 0)
    strong = known & (np.abs(deviation) >= STRONG * width)
    size = np.abs(deviation)
    return RecoveryState(
        is_deviating=strong & (away >= STILL_OFF * size),
        is_recovered=strong & (np.abs(away) <= BACK * size),
        is_recovering=known & (np.abs(away) < STILL_OFF * size),
        is_off=known & (away >= STILL_OFF * size),
    )
