"""Alarms: which records of a series of scores the product would raise one for, at the boundary or at another threshold.

NAB charges for every record above the threshold that lies outside of a window; the product raises one alarm and is then
quiet for a while unless it gets much worse. So what is handed to NAB is not the score of each record but its alarms:
the rule that the detector applies (`stream.detection.evidence.alarm`), on the scores that it publishes. A score that is
not published, since the key is still warming up, raises no alarm.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.evidence.alarm import alarm

THRESHOLDS: Final = np.exp(np.arange(-160, 161) / 100)
"""From 0.2 to 5, each 1 % above the one before; the boundary, 1.0, stands in the middle."""

BOUNDARY: Final = 160
"""Its place among them."""

MEMORY: Final = np.dtype([("alarm_t", "u4"), ("peak", "f4")])
"""What the rule remembers of one threshold."""


def alarms_at(scores: Float64, thresholds: Float64 = THRESHOLDS) -> tuple[Int64, Bool]:
    """Return which records raise an alarm at each threshold.

    A threshold is the same as dividing every score by it.

    Parameters
    ----------
    scores : float64, shape (rows,)
        As published, in the order of the series; NaN where a record was dropped or the key was warming up.
    thresholds : float64, shape (thresholds,)

    Returns
    -------
    rows : int64, shape (candidates,)
        Rows whose score reaches the lowest threshold.
    alarms : bool, shape (thresholds, candidates)
    """
    rows = np.flatnonzero(scores >= thresholds.min())
    alarms = np.zeros((len(thresholds), len(rows)), np.bool_)
    _raise(np.zeros(len(thresholds), MEMORY), rows, scores[rows], thresholds, alarms)
    return rows, alarms


@entry_point
def _raise(memories: Records, rows: Int64, scores: Float64, thresholds: Float64, alarms: Bool) -> None:
    """Fill in the alarms of rows in their order, with a memory for each threshold."""
    for at in range(len(rows)):
        for place in range(len(thresholds)):
            alarms[place, at] = alarm(memories[place], rows[at], scores[at] / thresholds[place])
