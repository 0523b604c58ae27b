"""The profile: what each hour of the day and of the week usually looks like, and whether that is of use."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import climate
from stream.detection.climate import FIRST_SLOT, N_CODES, STEPS, Climate
from stream.detection.record import N_BINS, Bool, Float32, Float64, Int16, Int32, Int64, UInt16
from stream.detection.state import State

DAY: Final = 0
ERROR_WEIGHT: Final = np.float32(0.002)
USEFUL: Final = 0.7
"""A profile is on while its usual error is below this part of the error of a plain mean."""


class Profile(NamedTuple):
    """What the profile says of day (last axis, 0) and week (1)."""

    on: Bool
    """Whether the profile is of use; what it says is meaningless where it is not; shape (batch, 2)."""
    values: Float32
    """Usual value, less x0, in the hours of this record, of the next and of the one after; shape (3, batch, 2).

    Where the last of them is unknown, that of the next record stands in.
    """
    now: Climate
    """What the moment of this record usually shows."""


def follow(state: State, slots: Int64, hours: Int64, phase: Float64, y: Float32, centre: Float32) -> Profile:
    """Add a record to its hour, fold the hours that ended, and say what is expected (sections 6.3 and 6.4).

    Parameters
    ----------
    hours : int64, shape (3, batch, 2)
    phase : float64, shape (batch, 2)
        Both from the calendar.
    y, centre : float32, shape (batch,)
        The value and the slow mean, less x0.
    """
    _close(state, slots, hours[0])
    now = climate.at(state, slots, phase)
    _gather(state, slots, y, now)
    codes = state.profile.reshape(-1)[hours + (slots[:, None] * N_CODES + FIRST_SLOT)]
    width = np.ldexp(1.0, state.exponent[slots, 0])[:, None]
    values = ((codes / STEPS + state.base[slots, 0][:, None]) * width).astype(np.float32)
    known = codes > 0
    useful = _usefulness(state, slots, known[0], np.abs(y[:, None] - values[0]), np.abs(y - centre)[:, None])
    np.copyto(values[2], values[1], where=~known[2])
    return Profile(known[0] & known[1] & useful, values, now)


def recode(state: State, slots: Int64, exponent: Int16, base: Int32) -> None:
    """Move the codes of these keys to another grid of the value's map."""
    climate.recode(state, slots, exponent)
    codes = state.profile[slots]
    places = codes / STEPS + state.base[slots, 0][:, None]
    moved = np.ldexp(places, (state.exponent[slots, 0] - exponent)[:, None]) - base[:, None]
    state.profile[slots] = np.where(codes > 0, _code(moved), 0)


def _close(state: State, slots: Int64, hour: Int64) -> None:
    """Fold the hours that ended and open those of these records."""
    ended = state.slot.take(slots, axis=0) != hour
    if np.count_nonzero(ended):
        rows, periods = np.nonzero(ended)
        _fold(state, slots[rows], periods)
        state.slot[slots[rows], periods] = hour[rows, periods]


def _gather(state: State, slots: Int64, y: Float32, usual: Climate) -> None:
    """Add values to the open hours, and how far off they are from what is usual then."""
    away = np.abs(y[:, None] - usual.value)
    state.slot_sum[slots] += y[:, None]
    state.slot_deviation[slots] += np.where(usual.known, away, -np.inf)
    state.hour_change[slots] += state.change[slots]
    state.slot_count[slots] += 1


def _fold(state: State, keys: Int64, periods: Int64) -> None:
    """Average open hours into the profile and empty them; an hour without a value is left out."""
    total, count = state.slot_sum[keys, periods], state.slot_count[keys, periods]
    mean = (total / np.maximum(count, 1)).astype(np.float64)
    place = np.ldexp(mean, -state.exponent[keys, 0]) - state.base[keys, 0]
    entries = FIRST_SLOT[periods] + state.slot[keys, periods]
    old = state.profile[keys, entries]
    new = _code(np.where(old > 0, (place + old / STEPS) / 2, place))
    state.profile[keys, entries] = np.where(count > 0, new, old)
    deviation = state.slot_deviation[keys, periods] / np.maximum(count, 1)
    climate.learn(state, keys, entries.astype(np.int64), np.where(count > 0, deviation, np.float32(-1)))
    _fold_change(state, keys[(count > 0) & (periods == DAY)])
    state.slot_deviation[keys, periods] = 0
    state.slot_sum[keys, periods] = 0
    state.slot_count[keys, periods] = 0


def _fold_change(state: State, keys: Int64) -> None:
    """Average how much values changed in the open hours of the day into what is usual."""
    change = state.hour_change[keys] / state.slot_count[keys, DAY]
    climate.learn_change(state, keys, state.slot[keys, DAY].astype(np.int64), change)
    state.hour_change[keys] = 0


def _code(place: Float64) -> UInt16:
    return np.clip(place * STEPS, 1, STEPS * N_BINS - 1).astype(np.uint16)


def _usefulness(state: State, slots: Int64, known: Bool, miss: Float32, deviation: Float32) -> Bool:
    """Learn how wrong profile and centre usually are where the profile says something; compare them."""
    error, centre_error = state.profile_error.take(slots, axis=0), state.centre_error.take(slots, axis=0)
    weight = ERROR_WEIGHT * known
    error += weight * (miss - error)
    centre_error += weight * (deviation - centre_error)
    state.profile_error[slots] = error
    state.centre_error[slots] = centre_error
    useful: Bool = error < USEFUL * centre_error
    return useful
