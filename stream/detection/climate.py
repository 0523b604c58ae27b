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
NEIGHBOURS: Final = np.array([0, 1])[:, None, None]

SPREAD_STEPS: Final = 8
"""Codes of a spread in an octave: neighbours are 9 % apart, and a byte reaches from 2^-16 to 2^16 bins of the value."""

MIDDLE_CODE: Final = 128
WIDTHS: Final = 2.0 ** ((np.arange(256) - MIDDLE_CODE) / SPREAD_STEPS)

SPREAD_WEIGHT: Final = 0.3
"""Weight of the newest day or week in an hour's spread."""


class Climate(NamedTuple):
    """What moments usually show, of the day (last axis, 0) and of the week (1); all of shape (batch, 2)."""

    known: Bool
    value: Float32
    """Less x0, between the middles of hours; meaningless where it is not known."""
    spread: Float32
    """Mean deviation from it in that hour, in the metric's unit; 0 where it is not known."""


def at(state: State, slots: Int64, phase: Float64) -> Climate:
    """Look up moments, between the means of the hour before and the hour after.

    Parameters
    ----------
    phase : float64, shape (batch, 2)
        Part of the day and of the week gone; whole ones make no difference.
    """
    place = phase * N_SLOTS - 0.5
    before = np.floor(place)
    near = before.astype(np.int64)
    first = slots[:, None] * N_CODES + FIRST_SLOT
    codes = state.profile.reshape(-1)[first + (near + NEIGHBOURS) % N_SLOTS]
    after = place - before
    weights = np.stack([1 - after, after]) * (codes > 0)
    total = weights[0] + weights[1]
    known = total > 0
    mean = (weights[0] * codes[0] + weights[1] * codes[1]) / np.where(known, total, 1)
    width = np.ldexp(1.0, state.exponent[slots, 0])[:, None]
    value = (mean / STEPS + state.base[slots, 0][:, None]) * width
    spreads = state.profile_spread.reshape(-1)[first + (near + (after >= 0.5)) % N_SLOTS]
    spread = np.where(spreads > 0, WIDTHS[spreads], 0) * width
    return Climate(known, value.astype(np.float32), spread.astype(np.float32))


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
    width = np.ldexp(1.0, state.exponent[keys, 0])
    before = WIDTHS[old] * width
    mean = np.where(old > 0, before + SPREAD_WEIGHT * (deviation - before), deviation)
    state.profile_spread[keys, entries] = np.where(deviation >= 0, _code(mean / width), old)


def _code(bins: Float64) -> UInt8:
    """Write spreads, in bins of the value's map, as codes; 0 is kept for unknown ones."""
    octaves = np.log2(np.maximum(bins, WIDTHS[1]))
    return np.clip(np.rint(octaves * SPREAD_STEPS) + MIDDLE_CODE, 1, 255).astype(np.uint8)


def recode(state: State, slots: Int64, exponent: Int16) -> None:
    """Write the spreads of these keys in bins of another width."""
    codes = state.profile_spread[slots].astype(np.int64)
    moved = codes + SPREAD_STEPS * (state.exponent[slots, 0].astype(np.int64) - exponent)[:, None]
    state.profile_spread[slots] = np.where(codes > 0, np.clip(moved, 1, 255), 0)
