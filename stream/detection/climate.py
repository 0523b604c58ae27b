"""The climate: what a moment of the day and of the week usually shows, and how far off it usually is."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.batch import Batch
from stream.detection.calendar import N_SLOTS, wrapped
from stream.detection.constant import ZERO, double, integer, single
from stream.detection.grid import ValueGrid
from stream.detection.record import DAY_SLOTS, N_SIZES, WEEK_SLOTS, Bool, Float32, Float64, Int16, Int64, UInt8
from stream.detection.state import State

STEPS: Final = 256
STEP: Final = double(1 / STEPS)
HALF: Final = double(0.5)
FIRST_SLOT: Final = np.array([[0], [DAY_SLOTS]])
N_CODES: Final = DAY_SLOTS + WEEK_SLOTS
CODES_OF_KEY, SIZES_OF_KEY = integer(N_CODES), integer(N_SIZES)
UNKNOWN: Final = double(0)

OCTAVE: Final = 8
"""Codes of a spread or a change in an octave: neighbours are 9 % apart; a byte reaches from 2^-16 to 2^16 bins."""

MIDDLE_CODE: Final = 128
SIZES: Final = np.where(np.arange(256) > 0, 2.0 ** ((np.arange(256) - MIDDLE_CODE) / OCTAVE), 0)
"""Spread or change that a code stands for, in bins of the value's map; 0 for unknown ones."""

SMALLEST, LARGEST = double(SIZES[1]), double(SIZES[-1])
CODES, MIDDLE = single(OCTAVE / math.log(2)), single(MIDDLE_CODE)
"""Codes to a natural logarithm, which takes numpy a third of the time of that to the base of 2."""

WEIGHT: Final = double(0.3)
"""Weight of the newest day or week in an hour's spread and change."""

SURPRISING: Final = single(3)
"""Spreads of an hour, its mean deviation, from which on its mean is taken for an exception."""

UNBOUNDED: Final = 2.0**32
"""How many times larger than another a size can be at most."""

LOUDEST: Final = 1.5
"""How many times the usual change that of one day counts: after a burst, the next day is not called quiet."""


class Climate(NamedTuple):
    """What moments usually show, of the day (axis before the batch, 0) and the week (1); all (..., 2, batch)."""

    known: Bool
    """Whether the moment's own hour has been seen before."""
    value: Float32
    """Less x0, between the means of the hour and of its nearer neighbour; meaningless where it is not known."""
    spread: Float32
    """Mean deviation from it in that hour, in the metric's unit; 0 where it is not known."""


def at(batch: Batch, grid: ValueGrid, phase: Float64) -> Climate:
    """Look up moments, between the mean of their hour and that of the nearer hour beside it.

    Parameters
    ----------
    phase : float64, shape (..., 2, batch)
        Part of the day and of the week gone; whole ones make no difference.
    """
    place = phase * N_SLOTS - HALF
    before = np.floor(place)
    after = place - before
    late = after >= HALF
    hours = wrapped(np.array([before + late, before + ~late])).astype(np.int64) + FIRST_SLOT
    codes, others = batch.state.profile.reshape(-1).take(hours + batch.slots * CODES_OF_KEY).astype(np.float64)
    share = np.absolute(after - late) * (others > UNKNOWN)
    value = ((codes + share * (others - codes)) * STEP + grid.base) * grid.width
    spread = _sizes(batch, hours[0]) * grid.width
    return Climate(codes > UNKNOWN, value.astype(np.float32), spread.astype(np.float32))


def odd(moments: Climate) -> Bool:
    """Say where the week knows a moment from one day alone, and that day was unlike this hour of the others.

    Whether that was a Saturday or a fault, the second week shows.

    Returns
    -------
    bool, shape (..., batch)
    """
    of_day, of_week = moments.value[..., 0, :], moments.value[..., 1, :]
    unlike = np.absolute(of_week - of_day) > SURPRISING * moments.spread[..., 0, :]
    found: Bool = moments.known[..., 1, :] & (moments.spread[..., 1, :] == ZERO) & unlike
    return found


def usual_change(batch: Batch, grid: ValueGrid, hours: Int64) -> Float32:
    """Look up how much values usually change from record to record in these hours of the day; 0 where not known.

    Parameters
    ----------
    hours : int64, shape (batch,)
    """
    return (_sizes(batch, hours + N_CODES) * grid.width).astype(np.float32)


def _sizes(batch: Batch, places: Int64) -> Float64:
    """Look up sizes in bins, by their places among those of their key."""
    sizes: Float64 = SIZES.take(batch.state.profile_size.reshape(-1).take(places + batch.slots * SIZES_OF_KEY))
    return sizes


def learn(state: State, entries: Int64, size: Float32, width: Float64, most: Float64) -> None:
    """Average how far off hours were into their spread, or how much values changed in them into what is usual.

    Parameters
    ----------
    entries : int64, shape (n,)
        The hours' places among the sizes of all keys.
    size : float32, shape (n,)
        Mean deviation or change in that hour; negative where nothing was expected of it.
    width : float64, shape (n,)
        Of a bin of their key's value.
    most : float64, shape (n,)
        How many times what is usual the size counts at most.
    """
    sizes = state.profile_size.reshape(-1)
    old = sizes.take(entries)
    before = SIZES.take(old) * width
    moved = np.where(old > 0, before + WEIGHT * (np.minimum(size, most * before) - before), size)
    sizes[entries] = np.where(size >= 0, _code(moved / width), old)


def _code(bins: Float64) -> UInt8:
    """Write spreads, in bins of the value's map, as codes; 0 is kept for unknown ones."""
    within = np.minimum(np.maximum(bins, SMALLEST), LARGEST).astype(np.float32)
    codes: UInt8 = (np.rint(np.log(within) * CODES) + MIDDLE).astype(np.uint8)
    return codes


def recode(state: State, slots: Int64, exponent: Int16) -> None:
    """Write the spreads and changes of these keys in bins of another width."""
    finer = OCTAVE * (state.exponent[slots, 0].astype(np.int64) - exponent)[:, None]
    codes = state.profile_size[slots].astype(np.int64)
    state.profile_size[slots] = np.where(codes > 0, np.clip(codes + finer, 1, 255), 0)
