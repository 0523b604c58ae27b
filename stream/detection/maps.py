"""The maps: the bins that each statistic of a key has ever visited, on a grid that moves with its range."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import bitmap, profile
from stream.detection.batch import Batch
from stream.detection.constant import double, integer
from stream.detection.grid import ValueGrid, centred, coarsened, covering, hulls, refined, widths
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

FIRST_BIN: Final = np.array([[1.0], [0.0], [0.0], [0.0]])
"""Bin 0 of the value's map stays free: the profile's code 0 means unknown."""

END: Final = double(N_BINS)
MAX_SPAN: Final = N_BINS - 2
N_WORDS: Final = N_BINS // bitmap.WORD
GENERATION: Final = N_MAPS * N_WORDS
NEXT, KEY = integer(GENERATION), integer(2 * GENERATION)
FIRST_WORD: Final = np.arange(N_MAPS)[:, None] * N_WORDS
WORDS: Final = np.arange(N_WORDS)[:, None]
WORD_EDGES: Final = np.arange(0.0, N_BINS, bitmap.WORD)[:, None]
MOST_SHIFTS: Final = 62
"""Octaves from which on a bin becomes the first one below or above 0, all the same."""


class Place(NamedTuple):
    """Where statistics lie on the grids of their maps, all float64 of shape (4, batch)."""

    bins: Float64
    """Bins from the grid's lower edge, in [0, 256)."""
    width: Float64
    """Width of a bin in the metric's unit."""
    base: Float64
    """First bin of the grid, counted from 0 of what is relative to x0."""

    @property
    def value_grid(self) -> ValueGrid:
        """The grids of the values."""
        return ValueGrid(self.width[0], self.base[0])


class Recall(NamedTuple):
    """How new statistics are to their key, both float64 of shape (4, batch) in the metric's unit."""

    distance: Float64
    """To the centre of the nearest bin seen; 0 where the bin itself was seen."""
    extent: Float64
    """Width of all bins seen together, the new one included."""


def locate(batch: Batch, statistics: Float32) -> Place:
    """Extend the hulls by a record's statistics, move the grids that do not hold it, and say where it lies.

    Parameters
    ----------
    statistics : float32, shape (5, batch)
        The pair, the last row, is not looked at.
    """
    y = statistics[:N_MAPS]
    np.minimum(batch.low, y, out=batch.low)
    np.maximum(batch.high, y, out=batch.high)
    width = widths(batch.state.exponent.take(batch.slots, axis=0).T)
    base = batch.state.base.take(batch.slots, axis=0).T.astype(np.float64, order="C")
    place = Place(y / width - base, width, base)
    outside = (place.bins < FIRST_BIN) | (place.bins >= END)
    if np.count_nonzero(outside):
        _move(batch, y, place, *outside.nonzero())
    return place


def recall(batch: Batch, place: Place) -> Recall:
    """Say how far each statistic is from all its key has shown, and remember it (section 4)."""
    bins = place.bins.astype(np.int64)
    index = batch.slots * KEY + FIRST_WORD + (bins >> bitmap.WORD_BITS)
    mask = bitmap.masks(bins)
    new = (batch.state.bits.reshape(-1).take(index) & mask == bitmap.UNSEEN).reshape(-1).nonzero()[0]
    distance = np.zeros(place.bins.shape)
    if len(new):
        away = _remember(batch, new, index.take(new), mask.take(new), place.bins.take(new))
        distance.reshape(-1)[new] = away * place.width.take(new)
    return Recall(distance, batch.state.occupied.take(batch.slots, axis=0).T * place.width)


def rotate(batch: Batch, rows: Int64, maps: Int64) -> None:
    """Make the current generation of these maps the previous one, on a finer grid where its hull has shrunk.

    The hulls have been rotated before (section 3).
    """
    state, slots = batch.state, batch.slots[rows]
    low, high = hulls(batch, rows, maps)
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


def _remember(batch: Batch, at: Int64, index: Int64, mask: UInt64, place: Float64) -> Float64:
    """Set bins of the current generation; return their way, in bins, to the nearest one of either, 0 for known ones.

    Parameters
    ----------
    at : int64, shape (n,)
        Where these statistics stand among the 4 * batch.
    """
    memory, occupied = batch.state.bits.reshape(-1), batch.state.occupied.reshape(-1)
    maps = at // len(batch)
    keys = batch.slots.take(at - maps * len(batch))
    before = memory.take(index)
    unseen = memory.take(index + NEXT) & mask == bitmap.UNSEEN
    words = keys * KEY + maps * N_WORDS + WORDS
    away = bitmap.nearest(memory.take(words) | memory.take(words + NEXT), place - WORD_EDGES)
    nearest = np.minimum.reduce(away, axis=0)
    memory[index] = before | mask
    occupied[keys * N_MAPS + maps] += unseen
    return np.where(unseen & (nearest < bitmap.NONE), nearest, 0)


def _move(batch: Batch, y: Float32, place: Place, maps: Int64, rows: Int64) -> None:
    """Move grids so that they hold their hull, and the place of the statistics with them."""
    state, slots = batch.state, batch.slots[rows]
    _coarsen(state, slots, maps, *hulls(batch, rows, maps))
    width, base = widths(state.exponent[slots, maps]), state.base[slots, maps]
    place.width[maps, rows], place.base[maps, rows] = width, base
    place.bins[maps, rows] = y[maps, rows] / width - base


def _coarsen(state: State, slots: Int64, maps: Int64, low: Float64, high: Float64) -> None:
    """Put maps on grids that hold the hull from `low` to `high`, bins together with them."""
    old_exponent, old_base = state.exponent[slots, maps], state.base[slots, maps]
    exponent = coarsened(low, high, old_exponent, MAX_SPAN)
    base = centred(low, high, exponent, N_BINS - 1)
    row, generation, old = np.nonzero(bitmap.unpacked(state.bits[slots, :, maps]))
    octaves = np.minimum(exponent - old_exponent, MOST_SHIFTS).astype(np.int64)
    moved = ((old_base.take(row) + old) >> octaves.take(row)) - base.take(row)
    inside = ((moved >= 0) & (moved < N_BINS)).nonzero()[0]
    bins = np.zeros((len(slots), 2, N_BINS), np.uint8)
    bins[row.take(inside), generation.take(inside), moved.take(inside)] = 1
    _replace(state, slots, maps, exponent, base, bins)


def _replace(state: State, slots: Int64, maps: Int64, exponent: Int16, base: Int32, bins: UInt8) -> None:
    """Put maps on new grids; the profile shares the grid of the value."""
    of_value = maps == 0
    if np.count_nonzero(of_value):
        profile.recode(state, slots[of_value], exponent[of_value], base[of_value])
    state.exponent[slots, maps] = exponent
    state.base[slots, maps] = base
    state.bits[slots, :, maps] = bitmap.packed(bins)
    state.occupied[slots, maps] = np.count_nonzero(bins.any(axis=1), axis=1)
