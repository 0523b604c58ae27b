"""Compiled loops over the rows of a batch.

A call of one point runs into some hundred operations of numpy, which cost more than what they do. With these loops as
operations of numpy it took 401 us of CPU, compiled 284 (one key; `benchmarks/detector.py` prints the second).
"""

from __future__ import annotations

import math

import numpy as np

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.compiler import entry_point


@entry_point
def arrange(
    slots: Int64, timestamps_s: Float64, values: Float64, points: Records, results: Records, runs: Records
) -> int:
    """Fill a batch's rows, and count its keys.

    Parameters
    ----------
    slots, timestamps_s, values : shape (points,)
        Sorted by slot.
    points, results, runs : structured arrays of `POINT`, `RESULT` and `KEY_RUN`, shape (points,)
        Zeros at first.
    """
    n_runs = 0
    for row in range(len(slots)):
        point, result = points[row], results[row]
        point.timestamp_s, point.value, result.actual = timestamps_s[row], values[row], values[row]
        result.score = result.expected = result.lower = result.upper = math.nan
        if row == 0 or slots[row] != slots[row - 1]:
            run = runs[n_runs]
            run.slot, run.next, run.trusted_from = slots[row], row, row
            n_runs += 1
        runs[n_runs - 1].end = row + 1
    return n_runs


@entry_point
def find_ahead(runs: Records, ahead: Int64, needs: int) -> tuple[Int64, Int64, Int64]:
    """Find the rows whose forecasts are needed.

    Parameters
    ----------
    runs, ahead
        Of a `Batch`.
    needs : int
        `Needs.FORECAST`.

    Returns
    -------
    slots, lengths, rows : int64
        Of each key that waits, how many rows it has, and these, key by key.
    """
    n_keys = n_rows = 0
    for at in range(len(runs)):
        if runs[at].needs == needs:
            n_keys, n_rows = n_keys + 1, n_rows + runs[at].n_ahead
    slots, lengths, rows = np.empty(n_keys, np.int64), np.empty(n_keys, np.int64), np.empty(n_rows, np.int64)
    key = row = 0
    for at in range(len(runs)):
        run = runs[at]
        if run.needs == needs:
            slots[key], lengths[key] = run.slot, run.n_ahead
            rows[row : row + run.n_ahead] = ahead[run.first_ahead : run.first_ahead + run.n_ahead]
            key, row = key + 1, row + run.n_ahead
    return slots, lengths, rows
