"""Two-dimensional histogram of value and local level."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import EMPTY_EXPONENT, N_COLUMNS, N_ROWS
from stream.detection.compiler.stage import compiled
from stream.detection.kernel import bitmap
from stream.detection.kernel.grid import VALUE, centred, coarsened, hull, moved, refined, scaled
from stream.detection.novelty.histogram import CURRENT, PREVIOUS
from stream.detection.state.key import Key

MAX_SPAN: Final = N_COLUMNS - 1
N_WORDS: Final = N_COLUMNS // bitmap.WORD
COLUMN, ROW = 0, 1


@compiled
def distance_and_insert(key: Key, value: np.float32, half_mean: np.float32) -> float:
    """Return the distance to all seen pairs; insert (section 4).

    Parameters
    ----------
    value, half_mean : float32
        Less x0; half the mean of the last 24 values. The hull must hold the value already.

    Returns
    -------
    float
        Distance to the centre of the nearest cell seen, in the metric's unit; 0 where the cell itself was seen.
    """
    across, down = _position(key, COLUMN, value), _position(key, ROW, half_mean)
    if not (0 <= across < N_COLUMNS and 0 <= down < N_ROWS):
        _coarsen(key)
        across, down = _position(key, COLUMN, value), _position(key, ROW, half_mean)
    column = int(min(max(across, 0.0), N_COLUMNS - 1.0))
    row = int(min(max(down, 0.0), N_ROWS - 1.0))
    current, away = key.pair_bits[CURRENT, row], 0.0
    if bitmap.has(current, column):
        return 0.0
    if not bitmap.has(key.pair_bits[PREVIOUS, row], column):
        away = _nearest(key, across, down, row)
    bitmap.add(current, column)
    return scaled(away, int(key.pair_exponent)) if away < math.inf else 0.0


@compiled
def expire(key: Key) -> None:
    """Expire the old generation; refine the grid (section 3)."""
    low, high = hull(key, VALUE)
    exponent = int(key.pair_exponent)
    finer = refined(low, high, exponent, MAX_SPAN, EMPTY_EXPONENT)
    octaves = exponent - finer
    first_column, first_row = _bases(low, high, finer) if octaves else (key.pair_base[COLUMN], key.pair_base[ROW])
    for row in range(N_ROWS):
        bitmap.clear(key.pair_bits[PREVIOUS, row])
        old_row = moved(first_row + row, octaves) - key.pair_base[ROW]
        for column in range(N_COLUMNS):
            old_column = moved(first_column + column, octaves) - key.pair_base[COLUMN]
            if (
                0 <= old_row < N_ROWS
                and 0 <= old_column < N_COLUMNS
                and bitmap.has(key.pair_bits[CURRENT, old_row], old_column)
            ):
                bitmap.add(key.pair_bits[PREVIOUS, row], column)
    for row in range(N_ROWS):
        bitmap.clear(key.pair_bits[CURRENT, row])
    _place(key, finer, first_column, first_row)


@compiled
def _position(key: Key, axis: int, y: np.float32) -> float:
    return scaled(float(y), -int(key.pair_exponent)) - float(key.pair_base[axis])


@compiled
def _coarsen(key: Key) -> None:
    """Coarsen the grid until it holds the value's range."""
    low, high = hull(key, VALUE)
    exponent = int(key.pair_exponent)
    coarser = coarsened(low, high, exponent, MAX_SPAN)
    first_column, first_row = _bases(low, high, coarser)
    octaves = coarser - exponent
    for generation in range(2):
        bits = key.pair_bits[generation]
        bitmap.coarsen_rows(bits, key.pair_base[ROW], octaves, first_row)
        for row in range(N_ROWS):
            if not bitmap.is_empty(bits[row]):
                bitmap.coarsen(bits[row], key.pair_base[COLUMN], octaves, first_column)
    _place(key, coarser, first_column, first_row)


@compiled
def _bases(low: float, high: float, exponent: int) -> tuple[int, int]:
    """Place columns and rows around the value's range."""
    return centred(low, high, exponent, N_COLUMNS - 1), centred(low / 2, high / 2, exponent, N_ROWS - 1)


@compiled
def _place(key: Key, exponent: int, first_column: int, first_row: int) -> None:
    """Set the grid."""
    key.pair_exponent = np.int16(exponent)
    key.pair_base[COLUMN], key.pair_base[ROW] = first_column, first_row


@compiled
def _nearest(key: Key, across: float, down: float, row: int) -> float:
    """Return the distance in cells to the nearest cell set.

    Rows are searched from that of the place on up and down, as long as a nearer one can lie in them.
    """
    square = math.inf
    for away in range(N_ROWS):
        if (away - 0.5) * abs(away - 0.5) > square:
            break
        for other in (row - away, row + away):
            if 0 <= other < N_ROWS:
                square = min(square, _nearest_of_row(key, other, across, down, square))
    return math.sqrt(square)


@compiled
def _nearest_of_row(key: Key, row: int, across: float, down: float, square: float) -> float:
    """Return the squared distance to a row's nearest cell."""
    current, previous = key.pair_bits[CURRENT, row], key.pair_bits[PREVIOUS, row]
    rows_away = down - (row + 0.5)
    if bitmap.is_empty(current) and bitmap.is_empty(previous):
        return math.inf
    columns_away = bitmap.nearest(current, previous, across, math.sqrt(square))
    return columns_away * columns_away + rows_away * rows_away
