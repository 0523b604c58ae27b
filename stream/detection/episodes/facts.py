"""Facts for the explanation of an event."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import STATISTICS, TAILS, WINDOW, Float64
from stream.detection.episodes.comparison import RESIDUAL_12
from stream.detection.evidence.fusion import EVIDENCE
from stream.detection.novelty.expiry import MIN_TIME_S
from stream.detection.points.transform import undo
from stream.detection.policy.policy import Transform
from stream.detection.seasonal.seasonal_mean import seasons
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


def collect(state: DetectorState, slot: int, record: np.void, compared: np.void) -> EventFacts:
    """Collect the facts about the record just learned.

    Parameters
    ----------
    record, compared
        Rows of `STEP_RECORD` and `COMPARISON`.
    """
    timestamp_s, of, tail = float(state.timestamp_s[slot]), int(compared["leading"]), int(compared["tail"])
    rotated, (now,) = bool(state.rotation_t[slot] > 0), seasons(state, slot, np.array([timestamp_s]))
    last = _last(state, slot)
    values, mean = undo(state, slot, last), undo(state, slot, np.array([last.mean()]))
    known = undo(state, slot, np.array([now.value]))
    is_new = of < len(STATISTICS) and record["distances"][of] > 0
    return EventFacts(
        statistic=EVIDENCE[of],
        tail=TAILS[tail] if tail >= 0 else None,
        observed=float(compared["observed"]),
        is_clipped=bool(record["is_clipped"]),
        is_new=bool(record["is_clipped"] or is_new),
        previous=float(values[1]) if len(values) > 1 else np.nan,
        n_off=int(state.absurd_run[slot]) or _run(compared, values, state, slot, timestamp_s),
        n_same=int(state.unchanged[slot]) + 1,
        usually_same=float(state.tail_threshold[slot, UNCHANGED]),
        interval_s=float(state.interval_s[slot]),
        memory_s=timestamp_s - float(state.rotation_s[slot]) + (MIN_TIME_S if rotated else 0),
        is_whole_life=not rotated,
        mean_24=float(mean[0]),
        is_log=bool(state.transform[slot] == Transform.LOG),
        seasonal_mean=None if np.isnan(known[0]) else float(known[0]),
        period="week" if now.of_week else "day",
        typical_change=now.change,
        size=float(record["statistics"][RESIDUAL_12]),
        most=_before(record) if tail < 0 else float(state.tail_threshold[slot, USUAL_12]),
        timestamp_s=timestamp_s,
    )


def _before(record: np.void) -> float:
    distance = float(record["distances"][RESIDUAL_12])
    return float(record["statistics"][RESIDUAL_12]) - distance if distance > 0 else np.nan


def _last(state: DetectorState, slot: int) -> Float64:
    """Return the last scored values, newest first."""
    t = int(state.t[slot])
    places = (t - 1 - np.arange(min(t, WINDOW))) % WINDOW
    values: Float64 = state.window[slot, places].astype(np.float64) + state.x0[slot]
    return values


def _run(compared: np.void, values: Float64, state: DetectorState, slot: int, timestamp_s: float) -> int:
    """Count the newest values off on the same side."""
    sign, expected = np.sign(compared["observed"] - compared["expected"]), compared["expected"]
    times_s = timestamp_s - float(state.interval_s[slot]) * np.arange(len(values), dtype=np.float64)
    then = undo(state, slot, np.array([season.value for season in seasons(state, slot, times_s)]))
    if compared["leading"] == EVIDENCE.index("moment") and np.isfinite(then).all():
        expected = then
    off = sign * (values - expected) >= AS_FAR * abs(values[0] - compared["expected"])
    return max(1, int(np.argmin(np.append(off, False))))
