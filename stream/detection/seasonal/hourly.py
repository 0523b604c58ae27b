"""Hourly baseline: usual value and spread by hour."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import DAY_SLOTS, WEEK_SLOTS
from stream.detection.compiler.stage import compiled
from stream.detection.kernel.calendar import N_SLOTS
from stream.detection.kernel.grid import ValueGrid
from stream.detection.state.key import Key

STEPS: Final = 256
STEP: Final = 1 / STEPS
FIRST_SLOT: Final = (0, DAY_SLOTS)
"""Where the hours of the day and of the week begin among the codes and spreads of a key."""

FIRST_CHANGE: Final = DAY_SLOTS + WEEK_SLOTS
"""Where, after the spreads of all hours, the usual changes in the hours of the day begin."""

UNKNOWN: Final = 0

OCTAVE: Final = 8
"""Codes of a spread or a change in an octave: neighbours are 9 % apart; a byte reaches from 2^-16 to 2^16 bins."""

MIDDLE_CODE: Final = 128
MOST_CODE: Final = 255
SIZES: Final = np.where(np.arange(256) > 0, 2.0 ** ((np.arange(256) - MIDDLE_CODE) / OCTAVE), 0)
"""Spread or change that a code stands for, in bins of the value's map; 0 for unknown ones."""

SMALLEST, LARGEST = float(SIZES[1]), float(SIZES[-1])

WEIGHT: Final = 0.3
"""Weight of the newest day or week in an hour's spread and change."""

SURPRISING: Final = 3.0
"""Spreads of an hour, its mean deviation, from which on its mean is taken for an exception."""

LOUDEST: Final = 1.5
"""How many times the usual change that of one day counts: after a burst, the next day is not called quiet."""


class HourlyBaseline(NamedTuple):
    """Usual value and spread of an hour."""

    known: bool
    """Whether the moment's own hour has been seen before."""
    value: np.float32
    """Less x0, between the means of the hour and of its nearer neighbour; meaningless where it is not known."""
    spread: np.float32
    """Mean deviation from it in that hour, in the metric's unit; 0 where it is not known."""


@compiled
def lookup(key: Key, grid: ValueGrid, period: int, gone: float) -> HourlyBaseline:
    """Look up the baseline, interpolated between hours.

    Parameters
    ----------
    gone : float
        Part of the day or of the week gone; whole ones make no difference.
    """
    place = gone * N_SLOTS[period] - 0.5
    before = math.floor(place)
    after = place - before
    late = 1 if after >= 0.5 else 0
    own = FIRST_SLOT[period] + int(before + late) % N_SLOTS[period]
    other = FIRST_SLOT[period] + int(before + 1 - late) % N_SLOTS[period]
    code, beside = float(key.profile[own]), float(key.profile[other])
    share = abs(after - late) if beside > UNKNOWN else 0.0
    value = ((code + share * (beside - code)) * STEP + grid.base) * grid.width
    return HourlyBaseline(code > UNKNOWN, np.float32(value), _size(key, grid, own))


@compiled
def is_single_outlier(day: HourlyBaseline, week: HourlyBaseline, surprising: float) -> bool:
    """Check whether the week's only sample was an outlier.

    Whether that was a Saturday or a fault, the second week shows.
    """
    return bool(week.known and week.spread == 0 and abs(week.value - day.value) > surprising * day.spread)


@compiled
def typical_change(key: Key, grid: ValueGrid, hour: int) -> np.float32:
    """Return the usual change per record in an hour, or 0."""
    return _size(key, grid, FIRST_CHANGE + hour)


@compiled
def _size(key: Key, grid: ValueGrid, place: int) -> np.float32:
    return np.float32(SIZES[key.profile_size[place]] * grid.width)


@compiled
def learn(key: Key, grid: ValueGrid, place: int, size: float, most: float) -> None:
    """Update the spread or usual change of an hour.

    Parameters
    ----------
    place : int
        The hour's place among the sizes of its key.
    size : float
        Mean deviation or change in that hour; negative where nothing was expected of it.
    most : float
        How many times what is usual the size counts at most.
    """
    if size < 0:
        return
    before = SIZES[key.profile_size[place]] * grid.width
    moved = before + WEIGHT * (min(size, most * before) - before) if before > 0 else size
    bins = min(max(moved / grid.width, SMALLEST), LARGEST)
    key.profile_size[place] = np.uint8(np.rint(math.log2(bins) * OCTAVE) + MIDDLE_CODE)


@compiled
def recode(key: Key, exponent: int) -> None:
    """Convert spreads and changes to another bin width."""
    finer = OCTAVE * (key.exponent[0] - exponent)
    for place in range(len(key.profile_size)):
        code = int(key.profile_size[place])
        if code > UNKNOWN:
            key.profile_size[place] = np.uint8(min(max(code + finer, 1), MOST_CODE))
