"""State of a key before an episode, to detect its end.

The statistics learn what lasts and are then calm; what was expected where an episode opened is kept and not moved.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import N_COMPONENTS, N_PARAMETERS, OUTLOOK
from stream.detection.compiler.stage import compiled
from stream.detection.episodes.comparison import VALUE, Comparison, clipped
from stream.detection.episodes.timing import NEW_NORMAL, RecoveryState
from stream.detection.kernel.scale import spread
from stream.detection.points.transform import in_unit
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.seasonal.seasonal_mean import season_at
from stream.detection.state.key import Key
from stream.detection.state.phase import Phase

STRONG: Final = 0.5
"""A deviation of half of all that a key had shown: only such a one tells by itself whether a value is still off."""

STILL_OFF, BACK = 0.5, 0.25
"""Parts of the deviation with which an episode opened: from here on a value is still off, up to there it is back."""


@compiled
def restore_scale(key: Key) -> bool:
    """Restore the scale from before a strong deviation, if any.

    The slow variance would remember an outage for 2,000 records, and with it every band would be too wide. The moments
    of the last 24 and 12 records begin anew at the value that is back: they would widen the forecasts for a hundred.
    What has been forecast already is told in the new scale.
    """
    is_settled = key.episode_settled >= NEW_NORMAL or not _is_strong(key)
    if is_settled or not key.variance > key.calm_variance:
        return False
    before = spread(key.variance, key.centre, key.x0, int(key.t))
    key.level, key.centre, key.variance = key.calm_level, key.calm_centre, key.calm_variance
    key.mean_24 = key.mean_12 = key.previous
    key.variance_24 = min(key.variance_24, key.variance)
    wider = before / spread(key.variance, key.centre, key.x0, int(key.t))
    for place in range(N_COMPONENTS, 2 * N_COMPONENTS):
        key.parameters[place] *= wider
    for place in range(2 * N_COMPONENTS, N_PARAMETERS):
        key.parameters[place] += np.log(wider)
    for place in range(OUTLOOK):
        key.outlook_sharpness[place] /= wider
    return True


@compiled
def store(key: Key, compared: Comparison) -> None:
    """Store expected value and deviation at the opening."""
    key.episode_reference = np.float32(compared.reference - key.x0)
    key.episode_deviation = np.float32(compared.analysed - compared.reference)


@compiled
def expected_at_opening(key: Key) -> float:
    """Return what was expected where the episode opened."""
    return float(key.episode_reference) + key.x0


@compiled
def compare_with_opening(key: Key, policy: SeriesPolicyRow, compared: Comparison) -> None:
    """Compare a value with the expectation at the opening instead."""
    compared.leading = VALUE
    compared.expected = clipped(key, policy, expected_at_opening(key))
    compared.observed = in_unit(key, compared.analysed)
    compared.lower = compared.upper = math.nan


@compiled
def recovery(key: Key, timestamp_s: float, analysed: float) -> RecoveryState:
    """Return where a value lies; the reference is seasonal if known."""
    deviation = float(key.episode_deviation)
    if (key.episode_phase == Phase.NONE.value and key.episode_held == 0) or deviation == 0:
        return RecoveryState(False, False, False, False)
    reference, size = season_at(key, timestamp_s).value, abs(deviation)
    if math.isnan(reference):
        reference = expected_at_opening(key)
    away = (analysed - reference) * math.copysign(1.0, deviation)
    is_off, is_strong = away >= STILL_OFF * size, _is_strong(key)
    return RecoveryState(
        is_strong and is_off, is_strong and abs(away) <= BACK * size, abs(away) < STILL_OFF * size, is_off
    )


@compiled
def _is_strong(key: Key) -> bool:
    """Check whether the episode opened with a strong deviation."""
    return abs(float(key.episode_deviation)) >= STRONG * float(key.calm_high - key.calm_low)
