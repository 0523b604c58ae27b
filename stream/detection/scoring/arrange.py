"""Compiled loops over the rows of a batch.

A call of one point runs into some hundred operations of numpy, which cost more than what they do. With these loops as
operations of numpy it took 401 us of CPU, compiled 284 (one key; `benchmarks/detector.py` prints the second).
"""

from __future__ import annotations

import math

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point


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
def find_ahead(runs: Records, ahead: Int64, needs: int, slots: Int64, lengths: Int64, rows: Int64) -> int:
    """Find the rows whose forecasts are needed; count their keys.

    Parameters
    ----------
    runs, ahead
        Of a `Batch`.
    needs : int
        `Needs.FORECAST`.
    slots, lengths, rows : shape (points,)
        Set to the slot of each key that waits, to how many rows it has, and to these, key by key.
    """
    n_keys = n_rows = 0
    for at in range(len(runs)):
        run = runs[at]
        if run.needs == needs:
            slots[n_keys], lengths[n_keys] = run.slot, run.n_ahead
            for place in range(run.n_ahead):
                rows[n_rows + place] = ahead[run.first_ahead + place]
            n_keys, n_rows = n_keys + 1, n_rows + run.n_ahead
    return n_keys
