"""The profile: what each hour of the day and of the week usually looks like, and whether that is of use."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import climate
from stream.detection.climate import FIRST_SLOT, N_CODES, STEPS, Climate
from stream.detection.grid import ValueGrid
from stream.detection.record import N_BINS, Bool, Float32, Float64, Int16, Int32, Int64, UInt16
from stream.detection.state import State

DAY: Final = 0
N_PERIODS: Final = 2
PERIODS: Final = np.arange(N_PERIODS)[:, None]
ERROR_WEIGHT: Final = np.float32(0.002)
USEFUL: Final = 0.7
"""A profile is on while its usual error is below this part of the error of a plain mean."""


class Profile(NamedTuple):
    """What the profile says of day (axis before the batch, 0) and week (1)."""

    on: Bool
    """Whether the profile is of use; what it says is meaningless where it is not; shape (2, batch)."""
    values: Float32
    """Usual value, less x0, in the hours of this record, of the next and of the one after; shape (3, 2, batch).

    Where the last of them is unknown, that of the next record stands in.
    """
    climate: Climate
    """What the moments asked for usually show; shape (moments, 2, batch)."""


def follow(
    state: State, slots: Int64, grid: ValueGrid, hours: Int64, moments: Float64, y: Float32, centre: Float32
) -> Profile:
    """Add a record to its hour, fold the hours that ended, and say what is expected (sections 6.3 and 6.4).

    Parameters
    ----------
    hours : int64, shape (3, 2, batch)
        From the calendar.
    moments : float64, shape (moments, 2, batch)
        Phases, as of the calendar, the first one being that of the record.
    y, centre : float32, shape (batch,)
        The value and the slow mean, less x0.
    """
    open_hours = slots * N_PERIODS + PERIODS
    _close(state, slots, open_hours, hours[0])
    usual = climate.at(state, slots, grid, moments)
    _gather(state, slots, open_hours, y, usual)
    codes = state.profile.reshape(-1).take(slots * N_CODES + FIRST_SLOT + hours)
    values = ((codes / STEPS + grid.base) * grid.width).astype(np.float32)
    known = codes > 0
    useful = _usefulness(state, open_hours, known[0], np.abs(y - values[0]), np.abs(y - centre))
    np.copyto(values[2], values[1], where=~known[2])
    return Profile(known[0] & known[1] & useful, values, usual)


def recode(state: State, slots: Int64, exponent: Int16, base: Int32) -> None:
    """Move the codes of these keys to another grid of the value's map."""
    climate.recode(state, slots, exponent)
    codes = state.profile[slots]
    places = codes / STEPS + state.base[slots, 0][:, None]
    moved = np.ldexp(places, (state.exponent[slots, 0] - exponent)[:, None]) - base[:, None]
    state.profile[slots] = np.where(codes > 0, _code(moved), 0)


def _close(state: State, slots: Int64, open_hours: Int64, hour: Int64) -> None:
    """Fold the hours that ended and open those of these records."""
    ended = state.slot.reshape(-1).take(open_hours) != hour
    if np.count_nonzero(ended):
        periods, rows = np.nonzero(ended)
        _fold(state, slots[rows], periods)
        state.slot.reshape(-1)[open_hours[ended]] = hour[ended]


def _gather(state: State, slots: Int64, open_hours: Int64, y: Float32, usual: Climate) -> None:
    """Add values to the open hours, and how far off they are from what is usual then."""
    away = np.abs(y - usual.value[0])
    state.slot_sum.reshape(-1)[open_hours] += y
    state.slot_deviation.reshape(-1)[open_hours] += np.where(usual.known[0], away, -np.inf)
    state.hour_change[slots] += state.change[slots]
    state.slot_count.reshape(-1)[open_hours] += 1


def _fold(state: State, keys: Int64, periods: Int64) -> None:
    """Average open hours into the profile and empty them; an hour without a value is left out."""
    hours = keys * N_PERIODS + periods
    entries = keys * N_CODES + FIRST_SLOT[periods, 0] + state.slot.reshape(-1)[hours]
    count = state.slot_count.reshape(-1)[hours]
    shown = count > 0
    mean = state.slot_sum.reshape(-1)[hours] / np.maximum(count, 1)
    deviation = state.slot_deviation.reshape(-1)[hours] / np.maximum(count, 1)
    _learn(state, keys, entries, mean, shown)
    climate.learn(state, keys, entries, np.where(shown, deviation, np.float32(-1)))
    _fold_change(state, keys[shown & (periods == DAY)])
    for sums in (state.slot_sum, state.slot_deviation, state.slot_count):
        sums.reshape(-1)[hours] = 0


def _learn(state: State, keys: Int64, entries: Int64, mean: Float32, shown: Bool) -> None:
    """Average means of hours into the profile."""
    grid, profile = ValueGrid.of(state, keys), state.profile.reshape(-1)
    place, old = mean / grid.width - grid.base, profile[entries]
    profile[entries] = np.where(shown, _code(np.where(old > 0, (place + old / STEPS) / 2, place)), old)


def _fold_change(state: State, keys: Int64) -> None:
    """Average how much values changed in the open hours of the day into what is usual."""
    change = state.hour_change[keys] / state.slot_count[keys, DAY]
    climate.learn_change(state, keys, state.slot[keys, DAY].astype(np.int64), change)
    state.hour_change[keys] = 0


def _code(place: Float64) -> UInt16:
    code: UInt16 = np.minimum(np.maximum(place * STEPS, 1), STEPS * N_BINS - 1).astype(np.uint16)
    return code


def _usefulness(state: State, open_hours: Int64, known: Bool, miss: Float32, deviation: Float32) -> Bool:
    """Learn how wrong profile and centre usually are where the profile says something; compare them."""
    errors, centre_errors = state.profile_error.reshape(-1), state.centre_error.reshape(-1)
    error, centre_error = errors[open_hours], centre_errors[open_hours]
    weight = ERROR_WEIGHT * known
    error += weight * (miss - error)
    centre_error += weight * (deviation - centre_error)
    errors[open_hours], centre_errors[open_hours] = error, centre_error
    useful: Bool = error < USEFUL * centre_error
    return useful
