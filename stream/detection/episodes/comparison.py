"""Expected value and range behind the leading evidence.

An event prints these numbers, and no others: what a person reads is what alarmed.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import STATISTICS, TAILS, WINDOW, Bool, Float32, Float64, Int64, UInt8
from stream.detection.episodes.calm import RESOLUTION
from stream.detection.evidence.fusion import EVIDENCE, leading_tails
from stream.detection.evidence.record_evidence import WEIGHTS
from stream.detection.evidence.scores import Scores
from stream.detection.points.transform import undo
from stream.detection.seasonal.seasonal_mean import SeasonalMeans, seasonal_means
from stream.detection.state.detector_state import DetectorState

VALUE, RESIDUAL_3, LEVEL, RESIDUAL_12, PAIR, MOMENT, QUIET = range(len(EVIDENCE))


class TailRange(NamedTuple):
    """Tails that bound a range, and which tails use it."""

    high: str
    low: str
    of: tuple[str, ...]


OF_VALUE: Final = TailRange("value_high", "value_low", ("value_high", "value_low", "run_high", "run_low"))
OF_OTHERS: Final = (
    TailRange("residual_3_high", "residual_3_low", ("residual_3_high", "residual_3_low")),
    TailRange("level_high", "level_low", ("level_high", "level_low")),
    TailRange("forecast_error", "forecast_error", ("mixture", "forecast_error")),
)
"""The range of the values lies around their first one, that of all others around what was expected."""

EXPLAINS: Final = (1.0, 0.5, 1.25, 0.75, 0.75)
"""How well each statistic tells a person what happened, for the same evidence: a value and a level before a pair."""

SPREADS: Final = 3.2
"""Mean deviations from what is usual at an hour that its range reaches: 99 % of a normal distribution."""


class AnomalyKind(IntEnum):
    """Kind of anomaly; a different kind is another fault."""

    NONE = 0
    ABOVE = 1
    BELOW = 2
    STUCK = 3


class Comparison(NamedTuple):
    """Observed and expected values of the leading evidence, per row.

    Attributes
    ----------
    leading : int64
        The kind of evidence, by its place in `EVIDENCE`.
    observed : float64
        What it compared: the value, or for RESIDUAL_3 and LEVEL the mean of the last 3 and 24 values.
    expected : float64
        What it compared that with.
    lower, upper : float64
        The range it allowed; NaN where it has none, or where the observed lies in it.
    largest : float64
        Largest deviation that any evidence knows, at least 0.
    lowest, highest : float64
        Ends of the range of the values that the key had shown when it was last calm.
    tail : int64
        The tail that leads, by its place in `TAILS`, or -1: the range is then what is usual, not all that was seen.
    analysed, reference : float64
        What was judged, and what was usual then or else was expected; under a logarithm, of that.
    is_seasonal : bool
        Whether it was what is usual at the hour.
    """

    leading: Int64
    observed: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    largest: Float64
    lowest: Float64
    highest: Float64
    tail: Int64
    analysed: Float64
    reference: Float64
    is_seasonal: Bool

    @property
    def deviations(self) -> Float64:
        """Deviation of the observed; positive is up."""
        return self.observed - self.expected

    @property
    def kinds(self) -> UInt8:
        """`AnomalyKind` of each row."""
        moved = np.where(self.deviations >= 0, AnomalyKind.ABOVE, AnomalyKind.BELOW)
        return np.where(self.leading == QUIET, AnomalyKind.STUCK, moved).astype(np.uint8)


def compare(
    state: DetectorState,
    slots: Int64,
    timestamps_s: Float64,
    analysed: Float64,
    scores: Scores,
    rows: Int64,
    level: float,
) -> Comparison:
    """Find what raised these records' alarms.

    Parameters
    ----------
    timestamps_s, analysed : float64, shape (n,)
        Of the records; what was judged.
    rows : int64, shape (n,)
        Where they stand in the scores.
    level : float
        Probability of the forecast's band.
    """
    leading, tail, x0 = _leading(scores, rows), leading_tails(scores.step_records.take(rows)), state.x0[slots]
    statistics = scores.statistics[rows].astype(np.float64)
    forecast, now = scores.expected[rows], seasonal_means(state, slots, timestamps_s)
    low, high = _rounded(state.calm_low[slots], state.calm_high[slots], x0)
    beyond = (tail < 0) & (leading < MOMENT) & ((analysed < low) | (analysed > high))
    leading = np.where(beyond, VALUE, leading)
    mean_3, mean_24 = _mean_of_last(state, slots, 3) + x0, _mean_of_last(state, slots, WINDOW) + x0
    is_seasonal = np.isfinite(now.values)
    known = np.where(is_seasonal, now.values, forecast)
    observed = np.choose(leading, [analysed, mean_3, mean_24, *[analysed] * 4])
    expected = np.choose(
        leading,
        [
            *(np.clip(forecast, low, high), mean_3 - statistics[:, RESIDUAL_3], mean_24 - statistics[:, LEVEL]),
            *(forecast, np.clip(forecast, low, high), known, known),
        ],
    )
    lower, upper = _range(state, slots, leading, expected, scores, rows, now, level)
    lower, upper = _typical_range(state, slots, tail, expected, lower, upper)
    lower, upper = np.where(beyond, low, lower), np.where(beyond, high, upper)
    inside = (lower <= observed) & (observed <= upper)
    lower[inside] = upper[inside] = np.nan

    def text(values: Float64) -> Float64:
        return clipped(state, slots, undo(state, slots, values))

    reference = np.where(is_seasonal, now.values, expected)
    actual = undo(state, slots, analysed)
    observed, expected = undo(state, slots, observed), text(expected)
    away = [
        observed - expected,
        actual - undo(state, slots, forecast),
        actual - undo(state, slots, now.values),
        undo(state, slots, mean_3) - undo(state, slots, mean_3 - statistics[:, RESIDUAL_3]),
        undo(state, slots, mean_24) - undo(state, slots, mean_24 - statistics[:, LEVEL]),
    ]
    largest, ends = np.nanmax(np.abs(away), axis=0, initial=0), (undo(state, slots, low), undo(state, slots, high))
    bounds = text(lower), text(upper)
    return Comparison(leading, observed, expected, *bounds, largest, *ends, tail, analysed, reference, is_seasonal)


def clipped(state: DetectorState, slots: Int64, values: Float64) -> Float64:
    """Clip values to what the series can show.

    Bounds are its rule's `minimum` and `maximum`, and 0 if it was never below.
    """
    series_policies, row = state.series_policies, state.series_policy[slots]
    low = np.minimum(state.low[slots, VALUE], state.previous_low[slots, VALUE])
    high = np.maximum(state.high[slots, VALUE], state.previous_high[slots, VALUE])
    lowest, _ = _rounded(low, high, state.x0[slots])
    return within(values, undo(state, slots, lowest), series_policies.minimum[row], series_policies.maximum[row])


def within(values: Float64, lowest: Float64, minimum: Float64, maximum: Float64) -> Float64:
    """Keep values within these bounds, and above 0 where the lowest value of the series is; see `clipped`."""
    least = np.where(lowest >= 0, np.maximum(minimum, 0), minimum)
    return np.clip(values, least, maximum)


def _rounded(low: Float32, high: Float32, x0: Float64) -> tuple[Float64, Float64]:
    """Return a hull's ends, with rounding errors of 0 removed."""
    ends = np.stack([low + x0, high + x0])
    ends[np.abs(ends) <= RESOLUTION * (high.astype(np.float64) - low)] = 0
    lower, upper = ends
    return lower, upper


def _leading(scores: Scores, rows: Int64) -> Int64:
    """Return the leading evidence; among statistics, a new one that explains it best."""
    shares = scores.shares(rows)
    shares[:, : len(STATISTICS)] *= np.divide(EXPLAINS, WEIGHTS, dtype=np.float32)
    new = np.zeros(shares.shape, np.bool_)
    new[:, : len(STATISTICS)] = scores.distances[rows] > 0
    new[:, VALUE] |= scores.absurd[rows]
    fresh = np.where(new, shares, 0)
    chosen = np.where(fresh.max(axis=1, keepdims=True) > 0, fresh, shares)
    leading: Int64 = np.argmax(chosen, axis=1)
    return leading


def _mean_of_last(state: DetectorState, slots: Int64, n: int) -> Float64:
    """Return the mean of the newest n values, less x0."""
    t = state.t[slots].astype(np.int64)
    places = (t[:, None] - 1 - np.arange(n)) % WINDOW
    counted = np.arange(n) < t[:, None]
    values = np.where(counted, state.window[slots[:, None], places].astype(np.float64), 0)
    means: Float64 = values.sum(axis=1) / counted.sum(axis=1)
    return means


def _typical_range(
    state: DetectorState, slots: Int64, tail: Int64, expected: Float64, lower: Float64, upper: Float64
) -> tuple[Float64, Float64]:
    """Return the 96 % range of leading tails."""
    usual = dict(zip(TAILS, state.tail_threshold[slots].T.astype(np.float64), strict=True))
    around = [(OF_VALUE, state.x0[slots]), *((sides, expected) for sides in OF_OTHERS)]
    for sides, centre in around:
        at = np.isin(tail, [TAILS.index(name) for name in sides.of])
        lower = np.where(at, centre - usual[sides.low], lower)
        upper = np.where(at, centre + usual[sides.high], upper)
    return lower, upper


def _range(
    state: DetectorState,
    slots: Int64,
    leading: Int64,
    expected: Float64,
    scores: Scores,
    rows: Int64,
    now: SeasonalMeans,
    level: float,
) -> tuple[Float64, Float64]:
    """Return the range that the leading evidence allowed."""
    lower, upper = scores.band(level, rows)
    for of in (RESIDUAL_3, LEVEL):
        at = leading == of
        low = np.minimum(state.low[slots, of], state.previous_low[slots, of]).astype(np.float64)
        high = np.maximum(state.high[slots, of], state.previous_high[slots, of]).astype(np.float64)
        statistic, distance = scores.statistics[rows, of], scores.distances[rows, of]
        high = np.where((statistic >= high) & (distance > 0), statistic - distance, high)
        low = np.where((statistic <= low) & (distance > 0), statistic + distance, low)
        lower, upper = np.where(at, expected + low, lower), np.where(at, expected + high, upper)
    at = (leading == MOMENT) & np.isfinite(now.values) & (now.spreads > 0)
    lower = np.where(at, now.values - SPREADS * now.spreads, lower)
    upper = np.where(at, now.values + SPREADS * now.spreads, upper)
    none = (leading == QUIET) | (leading == RESIDUAL_12) | ((leading == MOMENT) & ~at)
    lower[none] = upper[none] = np.nan
    return lower, upper
