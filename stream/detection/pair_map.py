"""The pair map: which values has a key shown at which local level? 66 rows of 128 cells, two generations."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection import bitmap
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
N_WORDS: Final = N_COLUMNS // bitmap.WORD
GENERATION: Final = N_ROWS * N_WORDS

REACH: Final = 3
"""Rows up and down that are searched first: 3.6 us a new pair; with 1 row 4.7, with the whole map 7 to 11."""


class Grid(NamedTuple):
    """Exponent, shape (n,), and bases of columns and rows, shape (n, 2), of the pair maps of n keys."""

    exponent: Int16
    base: Int32


def recall(state: State, slots: Int64, statistics: Float32) -> Float64:
    """Say how far each pair of value and half mean is from all pairs of its key, and remember it (section 4).

    Parameters
    ----------
    statistics : float32, shape (batch, 5)
        The value is column 0, half the mean of the last 24 is column 4. The hulls must hold the value already.

    Returns
    -------
    float64, shape (batch,)
        Distance to the centre of the nearest cell seen, in the metric's unit; 0 where the cell itself was seen.
    """
    column, row = _locate(state, slots, statistics[:, 0], statistics[:, 4])
    bit, line = _cell(column, N_COLUMNS), _cell(row, N_ROWS)
    index = slots * (2 * GENERATION) + line * N_WORDS + (bit >> 6)
    mask = bitmap.MASKS.take(bit & 63)
    new = (state.pair_bits.reshape(-1).take(index) & mask) == 0
    distance = np.zeros(len(slots))
    if np.count_nonzero(new):
        keys = slots[new]
        away = _remember(state, keys, index[new], mask[new], column[new], row[new])
        distance[new] = away * widths(state.pair_exponent[keys])
    return distance


def rotate(state: State, slots: Int64) -> None:
    """Make the current generation the previous one, on a finer grid where the value's hull has shrunk (section 3)."""
    low, high = hull(state, slots, 0)
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


def _locate(state: State, slots: Int64, values: Float32, half_means: Float32) -> tuple[Float64, Float64]:
    """Give the columns and rows of pairs, moving the grids that do not hold them; both of shape (batch,)."""
    column, row = _position(state, slots, values, half_means)
    outside = (column < 0) | (column >= N_COLUMNS) | (row < 0) | (row >= N_ROWS)
    if np.count_nonzero(outside):
        moved = slots[outside]
        _coarsen(state, moved)
        column[outside], row[outside] = _position(state, moved, values[outside], half_means[outside])
    return column, row


def _position(state: State, slots: Int64, values: Float32, half_means: Float32) -> tuple[Float64, Float64]:
    width, base = widths(state.pair_exponent[slots]), state.pair_base.take(slots, axis=0)
    return values / width - base[:, 0], half_means / width - base[:, 1]


def _cell(place: Float64, n_cells: int) -> Int64:
    """Round down to a cell of the map: half a mean may lie outside by the rounding of its sum."""
    cell: Int64 = np.minimum(np.maximum(place, 0), n_cells - 1).astype(np.int64)
    return cell


def _coarsen(state: State, slots: Int64) -> None:
    """Move grids so that they hold the hull of the value, cells together with them."""
    low, high = hull(state, slots, 0)
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


def _remember(state: State, keys: Int64, index: Int64, mask: UInt64, column: Float64, row: Float64) -> Float64:
    """Set cells of the current generation; return their way, in cells, to the nearest of either, 0 for known ones."""
    memory = state.pair_bits.reshape(-1)
    unseen = (memory[index + GENERATION] & mask) == 0
    away = np.where(unseen, _nearest(state, keys, column, row), 0)
    memory[index] |= mask
    return away


def _nearest(state: State, keys: Int64, column: Float64, row: Float64) -> Float64:
    """Measure the way, in cells, from each place to the centre of the nearest cell set, 0 where none is.

    Most are near: rows out of `REACH` are searched only where nothing nearer than they are was found.
    """
    around = _cell(row, N_ROWS)[:, None] + np.arange(-REACH, REACH + 1)
    squares = _search(state, keys, column, row, np.minimum(np.maximum(around, 0), N_ROWS - 1))
    far = np.flatnonzero(squares > (REACH + 0.5) ** 2)
    if len(far):
        everywhere = np.tile(np.arange(N_ROWS), (len(far), 1))
        squares[far] = _search(state, keys[far], column[far], row[far], everywhere)
    return np.sqrt(np.where(np.isinf(squares), 0, squares))


def _search(state: State, keys: Int64, column: Float64, row: Float64, rows: Int64) -> Float64:
    """Give the square of the way to the nearest cell set in some rows of the map, infinity where none is."""
    memory = state.pair_bits.reshape(-1)
    first = (keys * (2 * GENERATION))[:, None] + rows * N_WORDS
    index = (first[:, :, None] + np.arange(N_WORDS)).reshape(-1)
    seen = memory[index] | memory[index + GENERATION]
    used = np.flatnonzero(seen)
    line, word = used // N_WORDS, used % N_WORDS
    key = line // rows.shape[1]
    columns_away = bitmap.nearest(seen[used], column[key] - word * bitmap.WORD)
    rows_away = row[key] - (rows.reshape(-1)[line] + 0.5)
    squares = columns_away * columns_away + rows_away * rows_away
    nearest = np.full(len(keys), np.inf)
    if len(used):
        start = np.concatenate([[0], np.flatnonzero(key[1:] != key[:-1]) + 1])
        nearest[key[start]] = np.minimum.reduceat(squares, start)
    return nearest
