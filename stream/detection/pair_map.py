"""The pair map: which values has a key shown at which local level? 66 rows of 128 cells, two generations."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import bitmap
from stream.detection.batch import Batch
from stream.detection.constant import double, integer
from stream.detection.grid import centred, coarsened, covering, hull, refined, widths
from stream.detection.record import (
    EMPTY_EXPONENT,
    N_COLUMNS,
    N_ROWS,
    Float32,
    Float64,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt64,
)
from stream.detection.state import State

MAX_SPAN: Final = N_COLUMNS - 1
SHAPE: Final = np.array([N_COLUMNS, N_ROWS])
END: Final = np.array([[float(N_COLUMNS)], [float(N_ROWS)]])
LAST: Final = END - 1
NOUGHT: Final = double(0)
N_WORDS: Final = N_COLUMNS // bitmap.WORD
GENERATION: Final = N_ROWS * N_WORDS
NEXT, KEY = integer(GENERATION), integer(2 * GENERATION)
WORDS: Final = np.arange(N_WORDS)[:, None, None]
WORD_EDGES: Final = np.arange(0.0, N_COLUMNS, bitmap.WORD)[:, None, None]

REACH: Final = 3
"""Rows up and down that are searched first: the nearest pair of most new ones is among them."""

AROUND: Final = np.arange(-REACH, REACH + 1)[:, None]
EVERYWHERE: Final = np.arange(N_ROWS)[:, None]
NEAR: Final = double((REACH + 0.5) ** 2)
"""Square of the way below which nothing can be nearer in the other rows."""

NOWHERE: Final = bitmap.NONE**2


class Grid(NamedTuple):
    """Exponent, shape (n,), and bases of columns and rows, shape (n, 2), of the pair maps of n keys."""

    exponent: Int16
    base: Int32


def recall(batch: Batch, statistics: Float32) -> Float64:
    """Say how far each pair of value and half mean is from all pairs of its key, and remember it (section 4).

    Parameters
    ----------
    statistics : float32, shape (5, batch)
        The value is row 0, half the mean of the last 24 is row 4. The hulls must hold the value already.

    Returns
    -------
    float64, shape (batch,)
        Distance to the centre of the nearest cell seen, in the metric's unit; 0 where the cell itself was seen.
    """
    place = _locate(batch, statistics[::4])
    column, row = np.minimum(np.maximum(place, NOUGHT), LAST).astype(np.int64)
    index = batch.slots * KEY + row * N_WORDS + (column >> bitmap.WORD_BITS)
    mask = bitmap.masks(column)
    new = (batch.state.pair_bits.reshape(-1).take(index) & mask == bitmap.UNSEEN).nonzero()[0]
    distance = np.zeros(len(batch))
    if len(new):
        keys = batch.slots.take(new)
        away = _remember(batch.state, keys, index.take(new), mask.take(new), place.take(new, axis=1))
        distance[new] = away * widths(batch.state.pair_exponent.take(keys))
    return distance


def rotate(batch: Batch, rows: Int64) -> None:
    """Make the current generation the previous one, on a finer grid where the value's hull has shrunk (section 3)."""
    state, slots = batch.state, batch.slots[rows]
    low, high = (end[rows] for end in hull(batch))
    old = _grid(state, slots)
    exponent = refined(low, high, old.exponent, MAX_SPAN, EMPTY_EXPONENT)
    finer = exponent < old.exponent
    base = old.base.copy()
    base[finer] = _bases(low[finer], high[finer], exponent[finer])
    grid = Grid(exponent, base)
    cells = [covering(exponent, grid.base[:, i], old.exponent, old.base[:, i], SHAPE[i]) for i in (0, 1)]
    inside = [(covered >= 0) & (covered < n) for covered, n in zip(cells, SHAPE, strict=True)]
    columns, rows = (np.where(valid, covered, 0) for valid, covered in zip(inside, cells, strict=True))
    current = bitmap.unpacked(state.pair_bits[slots, 0])
    covered = current[np.arange(len(slots))[:, None, None], rows[:, :, None], columns[:, None]]
    covered &= inside[1][:, :, None] & inside[0][:, None]
    _replace(state, slots, grid, np.stack([np.zeros_like(covered), covered], axis=1))


def _locate(batch: Batch, pairs: Float32) -> Float64:
    """Give the columns and rows of pairs, moving the grids that do not hold them; both of shape (2, batch)."""
    place = _position(batch.state, batch.slots, pairs)
    beyond = (place < NOUGHT) | (place >= END)
    outside = (beyond[0] | beyond[1]).nonzero()[0]
    if len(outside):
        moved = batch.slots[outside]
        _coarsen(batch.state, moved, *(end[outside] for end in hull(batch)))
        place[:, outside] = _position(batch.state, moved, pairs[:, outside])
    return place


def _position(state: State, slots: Int64, pairs: Float32) -> Float64:
    place: Float64 = pairs / widths(state.pair_exponent.take(slots)) - state.pair_base.take(slots, axis=0).T
    return place


def _coarsen(state: State, slots: Int64, low: Float64, high: Float64) -> None:
    """Move grids so that they hold the hull of the value, cells together with them."""
    old = _grid(state, slots)
    exponent = coarsened(low, high, old.exponent, MAX_SPAN)
    grid = Grid(exponent, _bases(low, high, exponent))
    key, generation, row, column = np.nonzero(bitmap.unpacked(state.pair_bits[slots]))
    cells = old.base[key] + np.stack([column, row], axis=1)
    moved = np.floor(np.ldexp(cells.astype(np.float64), (old.exponent - exponent)[key, None])) - grid.base[key]
    inside = ((moved >= 0) & (moved < SHAPE)).all(axis=1)
    column, row = moved[inside].astype(np.int64).T
    bins = np.zeros((len(slots), 2, N_ROWS, N_COLUMNS), np.uint8)
    bins[key[inside], generation[inside], row, column] = 1
    _replace(state, slots, grid, bins)


def _grid(state: State, slots: Int64) -> Grid:
    return Grid(state.pair_exponent[slots], state.pair_base[slots])


def _bases(low: Float64, high: Float64, exponent: Int16) -> Int32:
    """Place columns around the value's hull and rows around half of it; shape (n, 2)."""
    columns = centred(low, high, exponent, N_COLUMNS - 1)
    return np.stack([columns, centred(low / 2, high / 2, exponent, N_ROWS - 1)], axis=1)


def _replace(state: State, slots: Int64, grid: Grid, cells: UInt8) -> None:
    state.pair_exponent[slots], state.pair_base[slots] = grid
    state.pair_bits[slots] = bitmap.packed(cells)


def _remember(state: State, keys: Int64, index: Int64, mask: UInt64, place: Float64) -> Float64:
    """Set cells of the current generation; return their way, in cells, to the nearest of either, 0 for known ones."""
    memory = state.pair_bits.reshape(-1)
    unseen = memory.take(index + NEXT) & mask == bitmap.UNSEEN
    squares = _nearest(memory, keys, *place)
    memory[index] |= mask
    return np.sqrt(np.where(unseen & (squares < NOWHERE), squares, 0))


def _nearest(memory: UInt64, keys: Int64, column: Float64, row: Float64) -> Float64:
    """Give the square of the way, in cells, from each place to the centre of the nearest cell set in its key's map.

    Most are near: rows out of `REACH` are searched only where nothing nearer than they are was found.
    """
    around = np.minimum(np.maximum(row.astype(np.int64) + AROUND, 0), N_ROWS - 1)
    squares = _search(memory, keys, column, row, around)
    far = (squares > NEAR).nonzero()[0]
    if len(far):
        squares[far] = _search(memory, keys[far], column[far], row[far], EVERYWHERE)
    return squares


def _search(memory: UInt64, keys: Int64, column: Float64, row: Float64, rows: Int64) -> Float64:
    """Give the square of the way to the nearest cell set in some rows of the map, above `NOWHERE` where none is.

    Parameters
    ----------
    rows : int64, shape (n, keys) or (n, 1)
        Those to be searched.
    """
    index = keys * KEY + rows * N_WORDS + WORDS
    seen = memory.take(index) | memory.take(index + NEXT)
    columns_away = np.minimum.reduce(bitmap.nearest(seen, column - WORD_EDGES), axis=0)
    rows_away = row - (rows + 0.5)
    nearest: Float64 = np.minimum.reduce(columns_away * columns_away + rows_away * rows_away, axis=0)
    return nearest
