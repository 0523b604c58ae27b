"""The climate: what a moment of the day and of the week usually shows, and how far off it usually is."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.calendar import N_SLOTS
from stream.detection.grid import ValueGrid, widths
from stream.detection.record import DAY_SLOTS, WEEK_SLOTS, Bool, Float32, Float64, Int16, Int64, UInt8
from stream.detection.state import State

STEPS: Final = 256
FIRST_SLOT: Final = np.array([[0], [DAY_SLOTS]])
N_CODES: Final = DAY_SLOTS + WEEK_SLOTS

OCTAVE: Final = 8
"""Codes of a spread or a change in an octave: neighbours are 9 % apart; a byte reaches from 2^-16 to 2^16 bins."""

MIDDLE_CODE: Final = 128
SPREADS: Final = np.where(np.arange(256) > 0, 2.0 ** ((np.arange(256) - MIDDLE_CODE) / OCTAVE), 0)
"""Spread or change that a code stands for, in bins of the value's map; 0 for unknown ones."""

WEIGHT: Final = 0.3
"""Weight of the newest day or week in an hour's spread and change."""


class Climate(NamedTuple):
    """What moments usually show, of the day (axis before the batch, 0) and the week (1); all (..., 2, batch)."""

    known: Bool
    """Whether the moment's own hour has been seen before."""
    value: Float32
    """Less x0, between the means of the hour and of its nearer neighbour; meaningless where it is not known."""
    spread: Float32
    """Mean deviation from it in that hour, in the metric's unit; 0 where it is not known."""


def at(state: State, slots: Int64, grid: ValueGrid, phase: Float64) -> Climate:
    """Look up moments, between the mean of their hour and that of the nearer hour beside it.

    Parameters
    ----------
    phase : float64, shape (..., 2, batch)
        Part of the day and of the week gone; whole ones make no difference.
    """
    place = phase * N_SLOTS - 0.5
    before = np.floor(place)
    after = place - before
    late = after >= 0.5
    first = before.astype(np.int64)
    entries = slots * N_CODES + FIRST_SLOT
    own = entries + (first + late) % N_SLOTS
    beside = entries + (first + ~late) % N_SLOTS
    profile = state.profile.reshape(-1)
    codes, others = profile.take(own).astype(np.float64), profile.take(beside).astype(np.float64)
    share = np.abs(after - late) * (others > 0)
    mean = codes + share * (others - codes)
    value = (mean / STEPS + grid.base) * grid.width
    spread = SPREADS.take(state.profile_spread.reshape(-1).take(own)) * grid.width
    return Climate(codes > 0, value.astype(np.float32), spread.astype(np.float32))


def usual_change(state: State, slots: Int64, grid: ValueGrid, hours: Int64) -> Float32:
    """Look up how much values usually change from record to record in these hours of the day; 0 where not known.

    Parameters
    ----------
    hours : int64, shape (batch,)
    """
    codes = state.profile_change.reshape(-1).take(slots * DAY_SLOTS + hours)
    return (SPREADS.take(codes) * grid.width).astype(np.float32)


def learn(state: State, keys: Int64, entries: Int64, deviation: Float32) -> None:
    """Average how far off hours were into their spread.

    Parameters
    ----------
    keys, entries : int64, shape (n,)
        Slots of the keys, and the hours' places in the profiles of all keys.
    deviation : float32, shape (n,)
        Mean deviation in that hour; negative where nothing was expected of it.
    """
    spreads = state.profile_spread.reshape(-1)
    old = spreads.take(entries)
    spreads[entries] = np.where(deviation >= 0, _averaged(old, deviation, widths(state.exponent[keys, 0])), old)


def learn_change(state: State, keys: Int64, hours: Int64, change: Float32) -> None:
    """Average how much values changed from record to record into what is usual in these hours of the day."""
    old = state.profile_change[keys, hours]
    state.profile_change[keys, hours] = _averaged(old, change, widths(state.exponent[keys, 0]))


def _averaged(old: UInt8, new: Float32, width: Float64) -> UInt8:
    before = SPREADS.take(old) * width
    return _code(np.where(old > 0, before + WEIGHT * (new - before), new) / width)


def _code(bins: Float64) -> UInt8:
    """Write spreads, in bins of the value's map, as codes; 0 is kept for unknown ones."""
    octaves = np.log2(np.maximum(bins, SPREADS[1]))
    codes: UInt8 = np.minimum(np.maximum(np.rint(octaves * OCTAVE) + MIDDLE_CODE, 1), 255).astype(np.uint8)
    return codes


def recode(state: State, slots: Int64, exponent: Int16) -> None:
    """Write the spreads and changes of these keys in bins of another width."""
    finer = OCTAVE * (state.exponent[slots, 0].astype(np.int64) - exponent)[:, None]
    for memory in (state.profile_spread, state.profile_change):
        codes = memory[slots].astype(np.int64)
        memory[slots] = np.where(codes > 0, np.clip(codes + finer, 1, 255), 0)
