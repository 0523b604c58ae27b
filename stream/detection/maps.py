"""The maps: the bins that each statistic of a key has ever visited, on a grid that moves with its range."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import bitmap, profile
from stream.detection.grid import centred, coarsened, covering, hull, refined, widths
from stream.detection.record import (
    EMPTY_EXPONENT,
    N_BINS,
    N_MAPS,
    Float32,
    Float64,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt64,
)
from stream.detection.state import State

FIRST_BIN: Final = np.array([1, 0, 0, 0])
"""Bin 0 of the value's map stays free: the profile's code 0 means unknown."""

MAX_SPAN: Final = N_BINS - 2
N_WORDS: Final = N_BINS // bitmap.WORD
GENERATION: Final = N_MAPS * N_WORDS
FIRST_WORD: Final = np.arange(N_MAPS)[:, None] * N_WORDS
WORD_EDGES: Final = np.arange(0, N_BINS, bitmap.WORD)


class Place(NamedTuple):
    """Where statistics lie on the grids of their maps, both float64 of shape (batch, 4)."""

    bins: Float64
    """Bins from the grid's lower edge, in [0, 256)."""
    width: Float64
    """Width of a bin in the metric's unit."""


class Recall(NamedTuple):
    """How new statistics are to their key, both float64 of shape (batch, 4) in the metric's unit."""

    distance: Float64
    """To the centre of the nearest bin seen; 0 where the bin itself was seen."""
    extent: Float64
    """Width of all bins seen together, the new one included."""


def locate(state: State, slots: Int64, statistics: Float32) -> Place:
    """Extend the hulls by a record's statistics, move the grids that do not hold it, and say where it lies.

    Parameters
    ----------
    statistics : float32, shape (batch, 5)
        The pair, the last column, is not looked at.
    """
    y = statistics[:, :N_MAPS]
    _extend(state, slots, y)
    exponent, base = state.exponent.take(slots, axis=0), state.base.take(slots, axis=0)
    width = widths(exponent)
    place = Place(y / width - base, width)
    outside = (place.bins < FIRST_BIN) | (place.bins >= N_BINS)
    if np.count_nonzero(outside):
        rows, maps = np.nonzero(outside)
        moved = slots[rows]
        _coarsen(state, moved, maps)
        width[rows, maps] = widths(state.exponent[moved, maps])
        place.bins[rows, maps] = y[rows, maps] / width[rows, maps] - state.base[moved, maps]
    return place


def recall(state: State, slots: Int64, place: Place) -> Recall:
    """Say how far each statistic is from all its key has shown, and remember it (section 4)."""
    bins = place.bins.astype(np.int64)
    index = (slots * (2 * GENERATION) + FIRST_WORD).T + (bins >> 6)
    mask = bitmap.MASKS.take(bins & 63)
    new = (state.bits.reshape(-1).take(index) & mask) == 0
    distance = np.zeros(place.bins.shape)
    if np.count_nonzero(new):
        rows, maps = np.nonzero(new)
        keys, at = slots[rows], (rows, maps)
        distance[at] = _remember(state, keys, maps, index[at], mask[at], place.bins[at]) * place.width[at]
    return Recall(distance, state.occupied.take(slots, axis=0) * place.width)


def rotate(state: State, slots: Int64, maps: Int64) -> None:
    """Make the current generation of these maps the previous one, on a finer grid where its hull has shrunk.

    The hulls have been rotated before (section 3).
    """
    low, high = hull(state, slots, maps)
    old_exponent, old_base = state.exponent[slots, maps], state.base[slots, maps]
    exponent = refined(low, high, old_exponent, MAX_SPAN, EMPTY_EXPONENT)
    finer = exponent < old_exponent
    base = old_base.copy()
    base[finer] = centred(low[finer], high[finer], exponent[finer], N_BINS - 1)
    old = covering(exponent, base, old_exponent, old_base, N_BINS)
    inside = (old >= 0) & (old < N_BINS)
    current = bitmap.unpacked(state.bits[slots, 0, maps])
    bins = np.zeros((len(slots), 2, N_BINS), np.uint8)
    bins[:, 1] = np.take_along_axis(current, np.where(inside, old, 0), axis=1) & inside
    _replace(state, slots, maps, exponent, base, bins)


def _extend(state: State, slots: Int64, y: Float32) -> None:
    low, high = state.low.take(slots, axis=0), state.high.take(slots, axis=0)
    beyond = (y < low) | (y > high)
    if np.count_nonzero(beyond):
        state.low[slots] = np.minimum(low, y)
        state.high[slots] = np.maximum(high, y)


def _remember(state: State, keys: Int64, maps: Int64, index: Int64, mask: UInt64, place: Float64) -> Float64:
    """Set bins of the current generation; return their way, in bins, to the nearest one of either, 0 for known ones."""
    memory = state.bits.reshape(-1)
    unseen = (memory[index + GENERATION] & mask) == 0
    first = (keys * (2 * GENERATION) + maps * N_WORDS)[:, None] + np.arange(N_WORDS)
    away = bitmap.nearest(memory[first] | memory[first + GENERATION], place[:, None] - WORD_EDGES).min(axis=1)
    memory[index] |= mask
    state.occupied[keys, maps] += unseen
    return np.where(unseen & (away < bitmap.NONE), away, 0)


def _coarsen(state: State, slots: Int64, maps: Int64) -> None:
    """Move grids so that they hold their hull, bins together with them."""
    low, high = hull(state, slots, maps)
    old_exponent, old_base = state.exponent[slots, maps], state.base[slots, maps]
    exponent = coarsened(low, high, old_exponent, MAX_SPAN)
    base = centred(low, high, exponent, N_BINS - 1)
    row, generation, old = np.nonzero(bitmap.unpacked(state.bits[slots, :, maps]))
    moved = np.floor(np.ldexp((old_base[row] + old).astype(np.float64), (old_exponent - exponent)[row])) - base[row]
    inside = (moved >= 0) & (moved < N_BINS)
    bins = np.zeros((len(slots), 2, N_BINS), np.uint8)
    bins[row[inside], generation[inside], moved[inside].astype(np.int64)] = 1
    _replace(state, slots, maps, exponent, base, bins)


def _replace(state: State, slots: Int64, maps: Int64, exponent: Int16, base: Int32, bins: UInt8) -> None:
    """Put maps on new grids; the profile shares the grid of the value."""
    of_value = maps == 0
    profile.recode(state, slots[of_value], exponent[of_value], base[of_value])
    state.exponent[slots, maps] = exponent
    state.base[slots, maps] = base
    state.bits[slots, :, maps] = bitmap.packed(bins)
    state.occupied[slots, maps] = np.count_nonzero(bins.any(axis=1), axis=1)
