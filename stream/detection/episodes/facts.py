"""Facts for the explanation of an event."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import TAILS, WINDOW, Float64
from stream.detection.episodes.comparison import RESIDUAL_12, Comparison
from stream.detection.evidence.fusion import EVIDENCE
from stream.detection.evidence.scores import Scores
from stream.detection.novelty.expiry import MIN_TIME_S
from stream.detection.points.transform import undo
from stream.detection.policy.policy import Transform
from stream.detection.seasonal.seasonal_mean import seasonal_means
from stream.detection.state.detector_state import DetectorState

UNCHANGED, USUAL_12 = TAILS.index("unchanged"), TAILS.index("residual_12")

AS_FAR: Final = 0.5
"""Part of the deviation of a record from which on one before it is off as well."""


class EventFacts(NamedTuple):
    """Facts about a point, in the metric's unit.

    Attributes
    ----------
    statistic : str
        The leading one of `EVIDENCE`.
    tail : str or None
        The leading one of `TAILS`; None where no tail leads, so that ranges are of all that was seen.
    observed : float
        What it compared.
    is_clipped, is_new : bool
        Whether the value is too far off to be learned; whether the statistic was never seen within `memory_s`.
    previous : float
        The value of the record before; NaN for the first.
    n_off : int
        Newest records in a row, at most 24, this one included, that are off on the same side.
    n_same : int
        Newest records in a row with the same value.
    usually_same : float
        Records in a row with the same value that are usual at most.
    interval_s : float
        Usual time between two records.
    memory_s : float
        How far back the record remembers what was seen.
    is_whole_life : bool
        Whether that is since the key's first point; otherwise it is the least that it can be.
    mean_24 : float
        Mean of the last 24 values, this one included.
    is_log : bool
        Whether logarithms are judged.
    seasonal_mean : float or None
        What the profile says of this hour, if that has proved to be of use.
    period : "day" or "week"
        What the hour is one of.
    typical_change : float
        What the series usually changes by from record to record; 0 where it is not known.
    size, most : float
        Mean error of the last 12 forecasts, and the largest that it had been before, or is usual if a tail leads; NaN
        if this is not the largest.
    timestamp_s : float
    """

    statistic: str
    tail: str | None
    observed: float
    is_clipped: bool
    is_new: bool
    previous: float
    n_off: int
    n_same: int
    usually_same: float
    interval_s: float
    memory_s: float
    is_whole_life: bool
    mean_24: float
    is_log: bool
    seasonal_mean: float | None
    period: str
    typical_change: float
    size: float
    most: float
    timestamp_s: float


def collect(
    state: DetectorState, slot: int, timestamp_s: float, scores: Scores, row: int, comparison: Comparison, at: int
) -> EventFacts:
    """Collect the facts about the record just learned.

    Parameters
    ----------
    scores, row : Scores, int
        Of the batch in which it was, and its row there.
    comparison, at : LabelComparison, int
        What its evidence compared, and its row there.
    """
    slots, of = np.array([slot]), int(comparison.leading[at])
    rotated, now = bool(state.rotation_t[slot] > 0), seasonal_means(state, slots, np.array([timestamp_s]))
    last = _last(state, slot)
    values = undo(state, np.full(len(last), slot), last)
    known = undo(state, slots, now.values)[0]
    return EventFacts(
        statistic=EVIDENCE[of],
        tail=TAILS[comparison.tail[at]] if comparison.tail[at] >= 0 else None,
        observed=float(comparison.observed[at]),
        is_clipped=bool(scores.absurd[row]),
        is_new=bool(scores.absurd[row] or (of < scores.distances.shape[1] and scores.distances[row, of] > 0)),
        previous=float(values[1]) if len(values) > 1 else np.nan,
        n_off=int(state.absurd_run[slot]) or _run(comparison, at, values, state, slot, timestamp_s),
        n_same=int(state.unchanged[slot]) + 1,
        usually_same=float(state.tail_threshold[slot, UNCHANGED]),
        interval_s=float(state.interval_s[slot]),
        memory_s=timestamp_s - float(state.rotation_s[slot]) + (MIN_TIME_S if rotated else 0),
        is_whole_life=not rotated,
        mean_24=float(undo(state, slots, np.array([last.mean()]))[0]),
        is_log=bool(state.transform[slot] == Transform.LOG),
        seasonal_mean=None if np.isnan(known) else float(known),
        period="week" if now.of_week[0] else "day",
        typical_change=float(now.changes[0]),
        size=float(scores.statistics[row, RESIDUAL_12]),
        most=_before(scores, row) if comparison.tail[at] < 0 else float(state.tail_threshold[slot, USUAL_12]),
        timestamp_s=timestamp_s,
    )


def _before(scores: Scores, row: int) -> float:
    distance = float(scores.distances[row, RESIDUAL_12])
    return float(scores.statistics[row, RESIDUAL_12]) - distance if distance > 0 else np.nan


def _last(state: DetectorState, slot: int) -> Float64:
    """Return the last scored values, newest first."""
    t = int(state.t[slot])
    places = (t - 1 - np.arange(min(t, WINDOW))) % WINDOW
    values: Float64 = state.window[slot, places].astype(np.float64) + state.x0[slot]
    return values


def _run(comparison: Comparison, at: int, values: Float64, state: DetectorState, slot: int, timestamp_s: float) -> int:
    """Count the newest values off on the same side."""
    sign = np.sign(comparison.deviations[at])
    times_s = timestamp_s - float(state.interval_s[slot]) * np.arange(len(values), dtype=np.float64)
    slots = np.full(len(values), slot)
    then = undo(state, slots, seasonal_means(state, slots, times_s).values)
    seasonal = comparison.leading[at] == EVIDENCE.index("moment") and np.isfinite(then).all()
    expected = then if seasonal else comparison.expected[at]
    off = sign * (values - expected) >= AS_FAR * abs(values[0] - comparison.expected[at])
    return max(1, int(np.argmin(np.append(off, False))))
