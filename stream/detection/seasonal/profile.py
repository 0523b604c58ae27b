"""Seasonal profile: hourly means of the day and week."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import DAY_SLOTS, N_BINS
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.calendar import DAY, PERIODS_S, WEEK, hour
from stream.detection.kernel.grid import VALUE, ValueGrid, scaled
from stream.detection.seasonal import hourly
from stream.detection.seasonal.hourly import (
    FIRST_CHANGE,
    FIRST_SLOT,
    LOUDEST,
    SIZES,
    STEP,
    STEPS,
    UNKNOWN,
    HourlyBaseline,
)
from stream.detection.state.key import Key

ERROR_WEIGHT: Final = np.float32(0.002)
USEFUL: Final = np.float32(0.7)
"""A profile is on while its usual error is below this part of the error of a plain mean."""

NO_MEAN: Final = np.float32(-np.inf)
"""Deviation that makes that of a whole hour negative: its spread is not learned."""

LAST_CODE: Final = STEPS * N_BINS - 1


class SeasonalForecast(NamedTuple):
    """Seasonal means for a record, by day or week."""

    on: bool
    """Whether the profile is of use; the other fields mean nothing where it is not."""
    now: np.float32
    next: np.float32
    then: np.float32
    """Usual value, less x0, in the hours of this record, of the next and of the one after.

    Where the last of them is unknown, that of the next record stands in.
    """
    here: HourlyBaseline
    soon: HourlyBaseline
    far: HourlyBaseline
    """What this moment usually shows, that of the next record, and that of the far one."""


@compiled
def roll_over(key: Key, grid: ValueGrid, gone: tuple[float, float], surprising: float) -> None:
    """Close ended hours and open new ones, the week's first.

    Parameters
    ----------
    gone : (float, float)
        Part of the day and of the week gone.
    surprising : float
        Spreads of an hour from which on its mean is taken for an exception.
    """
    for period in (WEEK, DAY):
        opens = np.float32(hour(period, gone[period]))
        if key.slot[period] != opens:
            if key.slot_count[period] > 0:
                _update_mean(key, grid, period, surprising)
            _open(key, period, opens)


@compiled
def update(
    key: Key, grid: ValueGrid, period: int, gone: float, step_s: float, reach_s: float, y: np.float32
) -> SeasonalForecast:
    """Add a record; return the means (sections 6.3 and 6.4).

    Parameters
    ----------
    gone : float
        Part of the day or week gone.
    step_s, reach_s : float
        Usual way to the next record, and to the far one.
    y : float32
        The value less x0.
    """
    step, reach = step_s / PERIODS_S[period], reach_s / PERIODS_S[period]
    here = hourly.lookup(key, grid, period, gone)
    _accumulate(key, period, y, here)
    known, now = mean_at(key, grid, period, gone)
    known_next, next_ = mean_at(key, grid, period, gone + step)
    known_then, then = mean_at(key, grid, period, gone + 2 * step)
    if known:
        _compare(key, period, abs(y - now), abs(y - key.centre))
    on = known and known_next and is_useful(key, period)
    soon, far = hourly.lookup(key, grid, period, gone + step), hourly.lookup(key, grid, period, gone + reach)
    return SeasonalForecast(on, now, next_, then if known_then else next_, here, soon, far)


@compiled
def recode(key: Key, exponent: int, base: int) -> None:
    """Move a key's codes to another grid."""
    hourly.recode(key, exponent)
    finer = key.exponent[VALUE] - exponent
    for place in range(len(key.profile)):
        if key.profile[place] > UNKNOWN:
            old = key.profile[place] * STEP + key.base[VALUE]
            key.profile[place] = _code(scaled(old, finer) - base)


@compiled
def _open(key: Key, period: int, opens: np.float32) -> None:
    key.slot[period] = opens
    key.slot_count[period] = key.slot_sum[period] = key.slot_deviation[period] = 0
    if period == DAY:
        key.slot_change = np.float32(0)


@compiled
def _accumulate(key: Key, period: int, y: np.float32, usual: HourlyBaseline) -> None:
    """Add a value and its deviation to the open hour."""
    key.slot_count[period] += np.float32(1)
    key.slot_sum[period] += y
    key.slot_deviation[period] += abs(y - usual.value) if usual.known else NO_MEAN
    if period == DAY:
        key.slot_change += key.change


@compiled
def _update_mean(key: Key, grid: ValueGrid, period: int, surprising: float) -> None:
    """Average an ended hour into the profile."""
    ended, count = int(key.slot[period]), key.slot_count[period]
    place = FIRST_SLOT[period] + ended
    _learn(key, place, float(key.slot_sum[period] / count) / grid.width - grid.base, surprising)
    hourly.learn(key, grid, place, float(key.slot_deviation[period] / count), math.inf)
    if period == DAY:
        hourly.learn(key, grid, FIRST_CHANGE + ended, float(key.slot_change / count), LOUDEST)


@compiled
def _learn(key: Key, place: int, mean: float, surprising: float) -> None:
    """Average an hour's mean into the profile, in bins.

    What is far off moves an hour by a few of its spreads only: a burst is not expected again.
    """
    if key.profile[place] == UNKNOWN:
        key.profile[place] = _code(mean)
        return
    near, far, spread = _select_mean(key, place, key.profile[place] * STEP, mean)
    reach = max(surprising * spread, 1.0) if spread > 0 else math.inf
    key.profile[place] = _code(near + 0.5 * min(max(far - near, -reach), reach))


@compiled
def _select_mean(key: Key, place: int, before: float, mean: float) -> tuple[float, float, float]:
    """Select which of old and new mean to keep.

    The old one; but of the two means that an hour of the week has at first, that nearer to this hour of other days, and
    as it has no spread of its own yet, theirs stands in. So a burst in the first week is forgotten in the second.
    """
    spread = SIZES[key.profile_size[place]]
    if spread > 0 or place < DAY_SLOTS:
        return before, mean, spread
    same_hour = (place - DAY_SLOTS) % DAY_SLOTS
    of_days, spread = key.profile[same_hour] * STEP, SIZES[key.profile_size[same_hour]]
    if abs(before - of_days) > abs(mean - of_days):
        return mean, before, spread
    return before, mean, spread


@compiled
def _code(place: float) -> np.uint16:
    return np.uint16(min(max(place * STEPS, 1.0), LAST_CODE))


@compiled
def mean_at(key: Key, grid: ValueGrid, period: int, gone: float) -> tuple[bool, np.float32]:
    """Return whether an hour is known, and its mean less x0."""
    code = key.profile[FIRST_SLOT[period] + hour(period, gone)]
    return code > UNKNOWN, np.float32((code * STEP + grid.base) * grid.width)


@compiled
def is_useful(key: Key, period: int) -> bool:
    """Check whether the profile beats a plain mean."""
    return bool(key.profile_error[period] < USEFUL * key.centre_error[period])


@compiled
def _compare(key: Key, period: int, miss: np.float32, deviation: np.float32) -> None:
    """Learn the errors of the profile and the plain mean."""
    key.profile_error[period] += ERROR_WEIGHT * (miss - key.profile_error[period])
    key.centre_error[period] += ERROR_WEIGHT * (deviation - key.centre_error[period])
