"""Expected value and range behind the leading evidence.

An event prints these numbers, and no others: what a person reads is what alarmed.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

import numpy as np

from stream.detection.arrays import STATISTICS, TAILS, WINDOW
from stream.detection.compiler.stage import compiled
from stream.detection.episodes.calm import lowest, rounded
from stream.detection.evidence.fusion import EVIDENCE, leading_tail, share
from stream.detection.evidence.record_evidence import WEIGHTS
from stream.detection.field import Cells, fields_of, flag, layout_of, real, whole
from stream.detection.forecast.interval import band_of
from stream.detection.points.transform import in_unit
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.seasonal.seasonal_mean import Season, season_at
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

VALUE, RESIDUAL_3, LEVEL, RESIDUAL_12, PAIR, MOMENT, QUIET = range(len(EVIDENCE))
N_KINDS: Final = len(EVIDENCE)

NOT_BOUNDED: Final = -1


HIGH_NAMES: Final = (
    *("value_high", "value_high", "residual_3_high", "residual_3_high", "level_high", "level_high"),
    *("", "forecast_error", "forecast_error", "value_high", "value_high", ""),
)
"""By the tail that leads: the one whose threshold is the upper end of the range; empty where none is."""

HIGH_OF: Final = np.array([TAILS.index(name) if name else NOT_BOUNDED for name in HIGH_NAMES])
LOW_OF: Final = np.array([TAILS.index(name.replace("_high", "_low")) if name else NOT_BOUNDED for name in HIGH_NAMES])
"""The places of these in `TAILS`, and of those that are the lower end."""

IS_OF_VALUE: Final = np.array([name.split("_")[0] in ("value", "run") for name in TAILS])
"""Tails whose range lies around the first value; that of all others lies around what was expected."""

EXPLAINS: Final = np.array([1.0, 0.5, 1.25, 0.75, 0.75], np.float32) / np.array(WEIGHTS, np.float32)
"""How well each statistic tells a person what happened, for the same evidence: a value and a level before a pair."""

SPREADS: Final = 3.2
"""Mean deviations from what is usual at an hour that its range reaches: 99 % of a normal distribution."""


class AnomalyKind(IntEnum):
    """Kind of anomaly; a different kind is another fault."""

    NONE = 0
    ABOVE = 1
    BELOW = 2
    STUCK = 3


class ComparisonFields:
    """Observed and expected value of the leading evidence.

    In the metric's unit unless said otherwise.
    """

    leading = whole("The kind of evidence, by its place in `EVIDENCE`.")
    tail = whole("The tail that leads, by its place in `TAILS`, or -1: the range is then all that was seen.")
    observed = real("What it compared: the value, or for RESIDUAL_3 and LEVEL the mean of the last 3 and 24 values.")
    expected = real("What it compared that with.")
    lower = real("Lower end of the range it allowed; NaN where it has none, or where the observed lies in it.")
    upper = real("Its upper end.")
    largest = real("Largest deviation that any evidence knows, at least 0.")
    lowest = real("Lower end of the range of the values that the key had shown when it was last calm.")
    highest = real("Its upper end.")
    analysed = real("What was judged, under the transform.")
    reference = real("What was usual then or else was expected, under the transform.")
    is_seasonal = flag("Whether it was what is usual at the hour.")


COMPARISON: Final = layout_of(fields_of(ComparisonFields))


class Comparison(ComparisonFields, Cells):
    """A row of such an array in compiled code."""


@compiled
def is_above(compared: Comparison) -> bool:
    """Check whether the observed is not below what was expected."""
    return compared.observed - compared.expected >= 0


@compiled
def kind_of(compared: Comparison) -> int:
    """Return what it is about: an `AnomalyKind`."""
    if compared.leading == QUIET:
        return AnomalyKind.STUCK.value
    return AnomalyKind.ABOVE.value if is_above(compared) else AnomalyKind.BELOW.value


@compiled
def compare(
    key: Key,
    policy: SeriesPolicyRow,
    record: StepRecord,
    timestamp_s: float,
    analysed: float,
    level: float,
    compared: Comparison,
) -> None:
    """Find what raised a record's alarm.

    Parameters
    ----------
    analysed : float
        What was judged.
    level : float
        Probability of the forecast's band.
    compared : Comparison
        Set to it.
    """
    season, tail, leading = season_at(key, timestamp_s), leading_tail(record), _leading(record)
    low, high = rounded(key.calm_low, key.calm_high, key.x0)
    beyond = tail < 0 and leading < MOMENT and (analysed < low or analysed > high)
    if beyond:
        leading = VALUE
    observed, expected = _numbers(key, record, season, leading, analysed, low, high)
    lower, upper = _range(key, record, season, leading, expected, level)
    if tail >= 0 and HIGH_OF[tail] >= 0:
        centre = key.x0 if IS_OF_VALUE[tail] else expected
        lower, upper = centre - key.tail_threshold[LOW_OF[tail]], centre + key.tail_threshold[HIGH_OF[tail]]
    if beyond:
        lower, upper = low, high
    if lower <= observed <= upper:
        lower = upper = math.nan
    compared.leading, compared.tail, compared.analysed = leading, tail, analysed
    compared.is_seasonal = not math.isnan(season.value)
    compared.reference = season.value if compared.is_seasonal else expected
    compared.observed, compared.expected = in_unit(key, observed), clipped(key, policy, expected)
    compared.lower, compared.upper = clipped(key, policy, lower), clipped(key, policy, upper)
    compared.lowest, compared.highest = in_unit(key, low), in_unit(key, high)
    compared.largest = max(
        abs(compared.observed - compared.expected), _largest(key, record, in_unit(key, analysed), season)
    )


@compiled
def clipped(key: Key, policy: SeriesPolicyRow, value: float) -> float:
    """Return a value in the user's unit, clipped.

    Bounds are its rule's `minimum` and `maximum`, and 0 if it was never below.
    """
    return within(in_unit(key, value), in_unit(key, lowest(key)), policy.minimum, policy.maximum)


@compiled
def within(value: float, least: float, minimum: float, maximum: float) -> float:
    """Keep a value in bounds, above 0 like its series."""
    if math.isnan(value):
        return value
    return min(max(value, max(minimum, 0.0) if least >= 0 else minimum), maximum)


@compiled
def _leading(record: StepRecord) -> int:
    """Return the leading evidence, new statistics first."""
    leading, most, new, most_new = 0, np.float32(-1), 0, np.float32(0)
    for kind in range(N_KINDS):
        explained = share(record, kind)
        if kind < len(STATISTICS):
            explained *= EXPLAINS[kind]
            is_new = record.distances[kind] > 0 or (kind == VALUE and record.is_clipped)
            if is_new and explained > most_new:
                new, most_new = kind, explained
        if explained > most:
            leading, most = kind, explained
    return new if most_new > 0 else leading


@compiled
def _numbers(
    key: Key, record: StepRecord, season: Season, leading: int, analysed: float, low: float, high: float
) -> tuple[float, float]:
    """Return what the leading evidence compared, and with what."""
    if leading == RESIDUAL_3:
        mean = mean_of_last(key, 3)
        return mean, mean - record.statistics[RESIDUAL_3]
    if leading == LEVEL:
        mean = mean_of_last(key, WINDOW)
        return mean, mean - record.statistics[LEVEL]
    if leading == RESIDUAL_12:
        return analysed, record.expected
    if leading >= MOMENT:
        return analysed, record.expected if math.isnan(season.value) else season.value
    return analysed, min(max(record.expected, low), high)


@compiled
def _largest(key: Key, record: StepRecord, actual: float, season: Season) -> float:
    """Return the largest deviation of all but the leading evidence."""
    mean_3, mean_24 = mean_of_last(key, 3), mean_of_last(key, WINDOW)
    largest = max(
        0.0,
        abs(in_unit(key, mean_3) - in_unit(key, mean_3 - record.statistics[RESIDUAL_3])),
        abs(in_unit(key, mean_24) - in_unit(key, mean_24 - record.statistics[LEVEL])),
    )
    if not math.isnan(record.expected):
        largest = max(largest, abs(actual - in_unit(key, record.expected)))
    return largest if math.isnan(season.value) else max(largest, abs(actual - in_unit(key, season.value)))


@compiled
def mean_of_last(key: Key, n: int) -> float:
    """Return the mean of the newest n values."""
    counted, total = min(n, int(key.t)), 0.0
    for back in range(counted):
        total += key.window[(int(key.t) - 1 - back) % WINDOW]
    return total / counted + key.x0


@compiled
def _range(
    key: Key, record: StepRecord, season: Season, leading: int, expected: float, level: float
) -> tuple[float, float]:
    """Return the range that the leading evidence allowed."""
    if leading in (RESIDUAL_3, LEVEL):
        return _range_of_statistic(key, record, leading, expected)
    if leading == MOMENT and not math.isnan(season.value) and season.spread > 0:
        return season.value - SPREADS * season.spread, season.value + SPREADS * season.spread
    if leading >= MOMENT or leading == RESIDUAL_12:
        return math.nan, math.nan
    return band_of(record, level)


@compiled
def _range_of_statistic(key: Key, record: StepRecord, of: int, expected: float) -> tuple[float, float]:
    """Return the range that a statistic had shown before."""
    low, high = min(key.low[of], key.previous_low[of]), max(key.high[of], key.previous_high[of])
    statistic, distance = record.statistics[of], record.distances[of]
    if distance > 0 and statistic >= high:
        high = statistic - distance
    if distance > 0 and statistic <= low:
        low = statistic + distance
    return expected + low, expected + high
