"""Low variability: a key stuck or moving too little."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.kernel.adaptive_threshold import Excursion, limit_of, updated_excursion
from stream.detection.state.key import Key

WINDOW: Final = np.float32(12)
"""Far forecasts' distances over which the leaky mean of the changes reaches: an hour of five minutes."""

FLOOR: Final = np.float32(1e-3)
"""Part of the key's deviation below which all changes are alike."""

LEAST: Final = np.float32(1.1)
"""Natural logarithm of how many times smaller than usual the changes must be to alarm: 3 times."""

NONE: Final = np.float32(0)


@compiled
def update(key: Key, y: np.float32, rate: np.float32) -> None:
    """Update the leaky mean of a key's changes.

    Parameters
    ----------
    y : float32
        Value less x0; the one before is still the key's `previous`.
    rate : float32
        Part of the way from one far forecast to the next that a record is.
    """
    key.change += rate / WINDOW * (abs(y - key.previous) - key.change)


@compiled
def score(key: Key, usual_change: np.float32, spread: np.float32, rate: np.float32, week_on: bool) -> np.float32:
    """Compare a key's variability with that usual now; learn it.

    Parameters
    ----------
    usual_change : float32
        From record to record, in this hour of the day; 0 if it is not known.
    spread : float32
        Deviation of the key.
    week_on : bool
        Whether the profile of the week is of use.

    Returns
    -------
    float32
        How much too quiet the key is, 1 at the alarm boundary; 0 where its week is not known.
    """
    floor, quiet = FLOOR * spread, NONE
    if usual_change > NONE:
        quiet = np.log((usual_change + floor) / (key.change + floor))
    limit = limit_of(key.quiet_high, LEAST)
    key.quiet_high, key.quiet_peak = updated_excursion(Excursion(key.quiet_high, key.quiet_peak), quiet, limit, rate)
    return max(quiet, NONE) / limit if week_on else NONE
