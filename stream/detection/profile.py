"""The profile: what each hour of the day and of the week usually looks like, and whether that is of use."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import climate
from stream.detection.batch import Batch, rows_of
from stream.detection.climate import CODES_OF_KEY, FIRST_SLOT, HALF, N_CODES, SIZES, STEP, STEPS, Climate
from stream.detection.constant import ONE, ZERO, double, single
from stream.detection.grid import ValueGrid
from stream.detection.record import DAY_SLOTS, N_BINS, N_SIZES, Bool, Float32, Float64, Int16, Int32, Int64, UInt16
from stream.detection.state import State

UNKNOWN_CODE: Final = np.array(0, np.uint16)
ERROR_WEIGHT: Final = single(0.002)
USEFUL: Final = single(0.7)
"""A profile is on while its usual error is below this part of the error of a plain mean."""

NOTHING_USUAL: Final = single(-np.inf)
"""Deviation that makes that of a whole hour negative: its spread is not learned."""

SUMS: Final = rows_of("slot_count", "slot_deviation")
OPEN_SIZES: Final = rows_of("slot_deviation", "slot_change")
PERIODS: Final = np.array([0, 1, 0])
"""Of the three sizes that an hour is folded into, the period: spread of the day and of the week, change of the day."""

FIRST_CODE, LAST_CODE = double(1), double(STEPS * N_BINS - 1)
MOST: Final = np.array([climate.UNBOUNDED, climate.UNBOUNDED, climate.LOUDEST])
"""Of the same three, how many times what is usual one day counts."""

FIRST_SIZE: Final = np.array([[0], [DAY_SLOTS], [N_CODES]])


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


def follow(batch: Batch, grid: ValueGrid, hours: Float64, moments: Float64, y: Float32) -> Profile:
    """Add a record to its hour, fold the hours that ended, and say what is expected (sections 6.3 and 6.4).

    Parameters
    ----------
    hours : float64, shape (3, 2, batch)
        From the calendar.
    moments : float64, shape (moments, 2, batch)
        Phases, as of the calendar, the first one being that of the record.
    y : float32, shape (batch,)
        The value less x0.
    """
    _close(batch, grid, hours[0])
    usual = climate.at(batch, grid, moments)
    _gather(batch, y, usual)
    entries = hours.astype(np.int64) + (batch.slots * CODES_OF_KEY + FIRST_SLOT)
    codes = batch.state.profile.reshape(-1).take(entries)
    values = ((codes * STEP + grid.base) * grid.width).astype(np.float32)
    known = codes > UNKNOWN_CODE
    useful = _usefulness(batch, known[0], np.absolute(y - values[0]), np.absolute(y - batch.centre))
    np.copyto(values[2], values[1], where=~known[2])
    return Profile(known[0] & known[1] & useful, values, usual)


def recode(state: State, slots: Int64, exponent: Int16, base: Int32) -> None:
    """Move the codes of these keys to another grid of the value's map."""
    climate.recode(state, slots, exponent)
    codes = state.profile[slots]
    places = codes / STEPS + state.base[slots, 0][:, None]
    moved = np.ldexp(places, (state.exponent[slots, 0] - exponent)[:, None]) - base[:, None]
    state.profile[slots] = np.where(codes > 0, _code(moved), 0)


def _close(batch: Batch, grid: ValueGrid, hour: Float64) -> None:
    """Fold the hours that ended and open those of these records."""
    ended = batch.slot != hour
    if np.count_nonzero(ended):
        _fold(batch, grid, ended & (batch.slot_count > ZERO))
        np.copyto(batch.numbers[SUMS].reshape(-1, *ended.shape), 0, where=ended)
        np.copyto(batch.slot_change, 0, where=ended[0])
        batch.slot[:] = hour


def _gather(batch: Batch, y: Float32, usual: Climate) -> None:
    """Add values to the open hours, and how far off they are from what is usual then."""
    batch.slot_count += ONE
    batch.slot_sum += y
    batch.slot_deviation += np.where(usual.known[0], np.absolute(y - usual.value[0]), NOTHING_USUAL)
    batch.slot_change += batch.change


def _fold(batch: Batch, grid: ValueGrid, shown: Bool) -> None:
    """Average hours into the profile and its sizes; `shown`, shape (2, batch), are those that ended with a value."""
    at = shown[PERIODS].reshape(-1).nonzero()[0]
    kind = at // len(batch)
    row = at - kind * len(batch)
    hour = PERIODS.take(kind) * len(batch) + row
    count = batch.slot_count.reshape(-1).take(hour)
    keys, width = batch.slots.take(row), grid.width.take(row)
    place = batch.slot.reshape(-1).take(hour).astype(np.int64) + FIRST_SIZE.take(kind)
    own = slice(np.count_nonzero(shown))  # Of the periods themselves, which come before the change.
    mean = batch.slot_sum.reshape(-1).take(hour[own]) / count[own]
    _learn(batch.state, keys[own], place[own], mean / width[own] - grid.base.take(row[own]))
    sizes = batch.numbers[OPEN_SIZES].reshape(-1).take(at) / count
    climate.learn(batch.state, keys * N_SIZES + place, sizes, width, MOST.take(kind))


def _learn(state: State, keys: Int64, hours: Int64, mean: Float64) -> None:
    """Average means of hours, in bins of the value's map, into the profile.

    What is far off moves an hour by a few of its spreads only: a burst is not expected again.
    """
    profile, entries = state.profile.reshape(-1), keys * N_CODES + hours
    old = profile.take(entries)
    near, far, spread = _believed(state, keys, hours, old * STEP, mean)
    reach = np.where(spread > 0, np.maximum(climate.SURPRISING * spread, 1), np.inf)
    learned = near + HALF * np.minimum(np.maximum(far - near, -reach), reach)
    profile[entries] = _code(np.where(old > UNKNOWN_CODE, learned, mean))


def _believed(
    state: State, keys: Int64, hours: Int64, before: Float64, mean: Float64
) -> tuple[Float64, Float64, Float64]:
    """Say which of the old and the new mean of an hour is believed, which is not, and how far they may be apart.

    The old one; but of the two means that an hour of the week has at first, that nearer to this hour of other days, and
    as it has no spread of its own yet, theirs stands in. So a burst in the first week is forgotten in the second.
    """
    sizes, same_hour = state.profile_size.reshape(-1), (hours - DAY_SLOTS) % DAY_SLOTS
    spread = SIZES.take(sizes.take(keys * N_SIZES + hours))
    second = (spread == 0) & (hours >= DAY_SLOTS)
    of_days = state.profile.reshape(-1).take(keys * N_CODES + same_hour) * STEP
    odd = second & (np.absolute(before - of_days) > np.absolute(mean - of_days))
    spread = np.where(second, SIZES.take(sizes.take(keys * N_SIZES + same_hour)), spread)
    return np.where(odd, mean, before), np.where(odd, before, mean), spread


def _code(place: Float64) -> UInt16:
    code: UInt16 = np.minimum(np.maximum(place * STEPS, FIRST_CODE), LAST_CODE).astype(np.uint16)
    return code


def _usefulness(batch: Batch, known: Bool, miss: Float32, deviation: Float32) -> Bool:
    """Learn how wrong profile and centre usually are where the profile says something; compare them."""
    weight = ERROR_WEIGHT * known
    batch.profile_error += weight * (miss - batch.profile_error)
    batch.centre_error += weight * (deviation - batch.centre_error)
    useful: Bool = batch.profile_error < USEFUL * batch.centre_error
    return useful
