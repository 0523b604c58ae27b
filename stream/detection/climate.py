"""The climate: what a moment of the day and of the week usually shows, and how far off it usually is."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.calendar import N_SLOTS
from stream.detection.record import DAY_SLOTS, WEEK_SLOTS, Bool, Float32, Float64, Int16, Int64, UInt8
from stream.detection.state import State

STEPS: Final = 256
FIRST_SLOT: Final = np.array([0, DAY_SLOTS])
N_CODES: Final = DAY_SLOTS + WEEK_SLOTS

OCTAVE: Final = 8
"""Codes of a spread or a change in an octave: neighbours are 9 % apart; a byte reaches from 2^-16 to 2^16 bins."""

MIDDLE_CODE: Final = 128
WIDTHS: Final = 2.0 ** ((np.arange(256) - MIDDLE_CODE) / OCTAVE)

WEIGHT: Final = 0.3
"""Weight of the newest day or week in an hour's spread and change."""


class Climate(NamedTuple):
    """What moments usually show, of the day (last axis, 0) and of the week (1); all of shape (batch, 2)."""

    known: Bool
    """Whether the moment's own hour has been seen before."""
    value: Float32
    """Less x0, between the means of the hour and of its nearer neighbour; meaningless where it is not known."""
    spread: Float32
    """Mean deviation from it in that hour, in the metric's unit; 0 where it is not known."""


def at(state: State, slots: Int64, phase: Float64) -> Climate:
    """Look up moments, between the mean of their hour and that of the nearer hour beside it.

    Parameters
    ----------
    phase : float64, shape (batch, 2)
        Part of the day and of the week gone; whole ones make no difference.
    """
    place = phase * N_SLOTS - 0.5
    before = np.floor(place)
    after = place - before
    hour = before.astype(np.int64) + (after >= 0.5)
    neighbour = hour + np.where(after >= 0.5, -1, 1)
    first = slots[:, None] * N_CODES + FIRST_SLOT
    codes, others = state.profile.reshape(-1)[first + np.stack([hour, neighbour]) % N_SLOTS].astype(np.float64)
    share = np.abs(after - (after >= 0.5)) * (others > 0)
    mean = codes + share * (others - codes)
    width = np.ldexp(1.0, state.exponent[slots, 0])[:, None]
    value = (mean / STEPS + state.base[slots, 0][:, None]) * width
    spreads = state.profile_spread.reshape(-1)[first + hour % N_SLOTS]
    spread = np.where(spreads > 0, WIDTHS[spreads], 0) * width
    return Climate(codes > 0, value.astype(np.float32), spread.astype(np.float32))


def usual_change(state: State, slots: Int64, hours: Int64) -> Float32:
    """Look up how much values usually change from record to record in these hours of the day; 0 where not known.

    Parameters
    ----------
    hours : int64, shape (batch,)
    """
    codes = state.profile_change[slots, hours]
    return np.where(codes > 0, np.ldexp(WIDTHS[codes], state.exponent[slots, 0]), 0).astype(np.float32)


def learn(state: State, keys: Int64, entries: Int64, deviation: Float32) -> None:
    """Average how far off hours were into their spread.

    Parameters
    ----------
    keys, entries : int64, shape (n,)
        Slots of the keys, and the hours' places in the profile.
    deviation : float32, shape (n,)
        Mean deviation in that hour; negative where nothing was expected of it.
    """
    old = state.profile_spread[keys, entries]
    new = _averaged(old, deviation, np.ldexp(1.0, state.exponent[keys, 0]))
    state.profile_spread[keys, entries] = np.where(deviation >= 0, new, old)


def learn_change(state: State, keys: Int64, hours: Int64, change: Float32) -> None:
    """Average how much values changed from record to record into what is usual in these hours of the day."""
    old = state.profile_change[keys, hours]
    state.profile_change[keys, hours] = _averaged(old, change, np.ldexp(1.0, state.exponent[keys, 0]))


def _averaged(old: UInt8, new: Float32, width: Float64) -> UInt8:
    before = WIDTHS[old] * width
    return _code(np.where(old > 0, before + WEIGHT * (new - before), new) / width)


def _code(bins: Float64) -> UInt8:
    """Write spreads, in bins of the value's map, as codes; 0 is kept for unknown ones."""
    octaves = np.log2(np.maximum(bins, WIDTHS[1]))
    codes: UInt8 = np.clip(np.rint(octaves * OCTAVE) + MIDDLE_CODE, 1, 255).astype(np.uint8)
    return codes


def recode(state: State, slots: Int64, exponent: Int16) -> None:
    """Write the spreads and changes of these keys in bins of another width."""
    finer = OCTAVE * (state.exponent[slots, 0].astype(np.int64) - exponent)[:, None]
    for memory in (state.profile_spread, state.profile_change):
        codes = memory[slots].astype(np.int64)
        memory[slots] = np.where(codes > 0, np.clip(codes + finer, 1, 255), 0)
