"""Facts: what a key's state knows about a point beside forecast and score, for people to be told."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.evidence import EVIDENCE
from stream.detection.record import STATISTICS
from stream.detection.rotation import MIN_TIME_S
from stream.detection.scores import Scores
from stream.detection.state import State
from stream.detection.treatment import Transform
from stream.detection.usual import usual


class Facts(NamedTuple):
    """What is known about a point of one key, in the metric's unit.

    Attributes
    ----------
    statistic : str
        The one of `EVIDENCE` with the largest share in the score.
    size : float
        That statistic itself: a mean residual, a shift of the level, for value and pair the value; 0 for the others.
    is_new : bool
        Whether this point's statistic was never seen within `memory_s`.
    extreme : int
        1 if no value learned within `memory_s` was as high, -1 if none was as low, 0 otherwise.
    is_absurd, has_outliers : bool
        Whether the value is too far off to be learned, and whether some before it were, or came in a maintenance.
    memory_s : float
        How far back the record remembers what was seen.
    is_whole_life : bool
        Whether that is since the key's first point; otherwise it is the least that it can be.
    mean_24 : float
        Mean of the last 24 values, this one included.
    is_log : bool
        Whether logarithms are judged: `size` and `mean_24` are of these and say nothing to people.
    usual : float or None
        What the profile says of this hour, if that has proved to be of use.
    period : "day" or "week"
        What the hour is one of.
    """

    statistic: str
    size: float
    is_new: bool
    extreme: int
    is_absurd: bool
    has_outliers: bool
    memory_s: float
    is_whole_life: bool
    mean_24: float
    is_log: bool
    usual: float | None
    period: str


def gather(state: State, slot: int, timestamp_s: float, scores: Scores, row: int) -> Facts:
    """Gather the facts about the record that a key has just learned.

    Parameters
    ----------
    slot : int
    timestamp_s : float
        Of the record.
    scores : Scores
        Of the batch in which it was.
    row : int
        Its row there.
    """
    leading = int(np.argmax(scores.shares(np.array([row]))))
    statistic = leading if leading < len(STATISTICS) else None
    rotated = bool(state.rotation_t[slot] > 0)
    n_values = min(int(state.t[slot]), state.window.shape[1])
    now = usual(state, np.array([slot]), np.array([timestamp_s]))
    return Facts(
        statistic=EVIDENCE[leading],
        size=0.0 if statistic is None else float(scores.statistics[row, statistic]),
        is_new=bool(scores.absurd[row] or (statistic is not None and scores.distances[row, statistic] > 0)),
        extreme=_extreme(state, slot, scores, row),
        is_absurd=bool(scores.absurd[row]),
        has_outliers=bool(state.outliers[slot]),
        memory_s=timestamp_s - float(state.rotation_s[slot]) + (MIN_TIME_S if rotated else 0),
        is_whole_life=not rotated,
        mean_24=float(state.window[slot].sum() / n_values + state.x0[slot]),
        is_log=bool(state.transform[slot] == Transform.LOG),
        usual=None if np.isnan(now.values[0]) else float(now.values[0]),
        period="week" if now.of_week[0] else "day",
    )


def _extreme(state: State, slot: int, scores: Scores, row: int) -> int:
    """Compare a value with the hull, of which it is a part by now: only in a bin never seen is it beyond all others."""
    if scores.distances[row, 0] <= 0 and not scores.absurd[row]:
        return 0
    low = min(state.low[slot, 0], state.previous_low[slot, 0])
    high = max(state.high[slot, 0], state.previous_high[slot, 0])
    value = float(scores.statistics[row, 0])
    return 1 if value >= high else -1 if value <= low else 0
