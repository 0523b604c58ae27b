"""Compiled loops over the rows of a batch.

What a call of a few points costs is mostly what stands around these loops: an operation of numpy takes a microsecond,
whatever is in it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from stream.detection.arrays import Float64, Int32, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.episodes.comparison import within
from stream.detection.forecast.interval import band_of
from stream.detection.points.transform import in_unit


class Arrivals(NamedTuple):
    """Points of a call, in its order."""

    order: Int64
    """Where the rows of the batch stand in the call: by slot."""
    slots: Int64
    timestamps_s: Float64
    values: Float64


class Warmups(NamedTuple):
    """Records of each slot before it may alarm; one number stands for all slots."""

    usual: Int64
    slow: Int64
    """Of a slow key."""


@entry_point
def arrange(
    arrivals: Arrivals, warmups: Warmups, series_policy: Int32, points: Records, results: Records, runs: Records
) -> int:
    """Fill a batch's rows, and count its keys.

    Parameters
    ----------
    series_policy : int32, shape (capacity,)
        Row of each slot in the table of policies.
    points, results, runs : structured arrays of `POINT`, `RESULT` and `KEY_RUN`, shape (points,)
        Zeros at first.
    """
    n_runs = 0
    for row in range(len(arrivals.order)):
        place = arrivals.order[row]
        slot, point, result = arrivals.slots[place], points[row], results[row]
        point.timestamp_s, point.value = arrivals.timestamps_s[place], arrivals.values[place]
        point.warmup = warmups.usual[slot if len(warmups.usual) > 1 else 0]
        point.slow_warmup = warmups.slow[slot if len(warmups.slow) > 1 else 0]
        result.actual = point.value
        result.score = result.expected = result.lower = result.upper = math.nan
        if n_runs == 0 or slot != runs[n_runs - 1].slot:
            run = runs[n_runs]
            run.slot, run.series_policy, run.next, run.trusted_from = slot, series_policy[slot], row, row
            n_runs += 1
        runs[n_runs - 1].end = row + 1
    return n_runs


@entry_point
def finish(
    policies: Records,
    runs: Records,
    order: Int64,
    step_records: Records,
    results: Records,
    level: float,
    max_fill: int,
    ordered: Records,
) -> int:
    """Put results into the metric's unit and the order of the call; count the points imputed.

    Parameters
    ----------
    policies : structured array of `SERIES_POLICY`
    runs, order, step_records, results
        Of a `Batch`.
    level : float
        Probability of the band that every point gets which was scored; 0 for none.
    max_fill : int
        The most missing points of one gap that are imputed.
    ordered : structured array of `RESULT`, shape (points,)
        Set to the results.
    """
    row = n_imputed = 0
    for at in range(len(runs)):
        policy = policies[runs[at].series_policy]
        while row < runs[at].end:
            result, record = results[row], step_records[row]
            if result.is_scored:
                result.expected = in_unit(result, record.expected)
            if result.is_scored and level > 0:
                least, (lower, upper) = in_unit(result, result.lowest), band_of(record, level)
                result.lower = within(in_unit(result, lower), least, policy.minimum, policy.maximum)
                result.upper = within(in_unit(result, upper), least, policy.minimum, policy.maximum)
            if result.n_missing <= max_fill:
                n_imputed += result.n_missing
            ordered[order[row]] = result
            row += 1
    return n_imputed


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
