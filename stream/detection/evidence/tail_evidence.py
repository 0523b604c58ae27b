"""Tail evidence: how improbable a record is under its tails.

Twelve one-sided quantities each have a threshold that runs after their 96 % quantile, and over it a tail: the rate of
clusters of records above it, and the mean and mean square of their peaks, as in peaks over threshold. Where novelty is
silent because everything lies within what was seen, the tails still know how rare it is: a flat line, a slow ramp.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import TAILS
from stream.detection.compiler.stage import compiled
from stream.detection.evidence.tail_clusters import (
    EXCEEDED,
    FIRST_CLUSTERS,
    MOST_CLUSTERS,
    Age,
    advance,
    age_of,
    extend,
    limit_alert,
    update_threshold,
)
from stream.detection.forecast.interval import unlikeliness
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

N_TAILS: Final = len(TAILS)
HIGH, LOW = TAILS.index("value_high"), TAILS.index("value_low")
MEAN_ERROR, MIXTURE, ERROR = TAILS.index("residual_12"), TAILS.index("mixture"), TAILS.index("forecast_error")
RUN_HIGH, RUN_LOW, UNCHANGED = TAILS.index("run_high"), TAILS.index("run_low"), TAILS.index("unchanged")

N_FIRST: Final = 60
"""Records from whose mean and deviation a tail starts."""

SMALLEST_STEP: Final = 1e-6
"""Part of the spread up to which a value counts as unchanged."""

HEAVIEST: Final = 0.5
"""Largest shape parameter that the mean square may give a tail."""

RUN_KEPT, RUN_STEP, RUN_PRICE = 0.85, 6.0, 1.5
"""Part of a run kept from record to record, what one record adds at most, and the nats that its evidence is held down
by: a run is a second look at the value's own tail."""

OF_MEAN_ERROR: Final = 0.2
"""Part of the caution that holds for the mean of twelve errors: one outlier alone hardly moves it. With all of it, the
first fault of a series that stands still or moves in steps makes its tails heavy and hides the second."""

ABSURD: Final = 60.0
"""Excesses that an absurd value counts at least."""

PART_OF_SPREAD: Final = 0.01
LEAST_EXCESS, LEAST_UNCHANGED = 0.1, 2.0
"""The excess is at least that part of the spread; of quantities without a unit, at least these."""


@compiled
def score(key: Key, warmup: int, threshold: float, strict: float, record: StepRecord) -> None:
    """Compute the evidence of the most improbable tail; learn it.

    `rarity` is filled in too: the same without regard to what has alarmed already. Both are divided by `caution`.

    Parameters
    ----------
    warmup : int
        Records in which what exceeds a threshold is learned without a limit.
    threshold : float
        Evidence that alarms: a cluster alarms once.
    strict : float
        Part of the heaviness of the forecast error's tail that counts as caution.
    """
    if record.t > 0 and abs(float(record.statistics[0]) - float(record.previous_before)) <= SMALLEST_STEP * float(
        record.spread
    ):
        key.unchanged = np.uint16(min(int(key.unchanged) + 1, 65_535))
    else:
        key.unchanged = np.uint16(0)
    record.tail_evidence, record.rarity, record.tail = 0.0, 0.0, 0
    record.caution = 1 + strict * heaviness(key, ERROR)
    if record.t >= N_FIRST:
        _run(key, RUN_HIGH, HIGH, record)
        _run(key, RUN_LOW, LOW, record)
    age = age_of(record.t, warmup)
    for tail in range(N_TAILS):
        x = _quantity(key, tail, record)
        if record.t < N_FIRST:
            _initialise(key, tail, record.t, x)
            continue
        rarity, evidence = _evidence(key, tail, x, age, threshold, record)
        record.rarity = max(record.rarity, rarity)
        if evidence > record.tail_evidence:
            record.tail_evidence, record.tail = evidence, tail


@compiled
def _quantity(key: Key, tail: int, record: StepRecord) -> float:
    """Return a tail's quantity; the first seven are signed pairs."""
    if tail < MIXTURE:
        size = float(record.statistics[tail // 2])
        return -size if tail % 2 else size
    if tail == MIXTURE:
        return unlikeliness(record)
    if tail == ERROR:
        return abs(float(key.last_residual))
    if tail == UNCHANGED:
        return float(key.unchanged)
    return float(key.run[tail - RUN_HIGH])


@compiled
def _run(key: Key, run: int, side: int, record: StepRecord) -> None:
    """Add a record to a run above the threshold."""
    excess = (_quantity(key, side, record) - float(key.tail_threshold[side])) / _scale(key, side, record)
    key.run[run - RUN_HIGH] = RUN_KEPT * float(key.run[run - RUN_HIGH]) + min(max(excess, 0.0), RUN_STEP)


@compiled
def _scale(key: Key, tail: int, record: StepRecord) -> float:
    """Return the typical excess of a tail, above its floor."""
    floor = PART_OF_SPREAD * float(record.spread)
    if tail in (MIXTURE, RUN_HIGH, RUN_LOW):
        floor = LEAST_EXCESS
    elif tail == UNCHANGED:
        floor = LEAST_UNCHANGED
    return max(float(key.tail_excess[tail]), floor)


@compiled
def _initialise(key: Key, tail: int, t: int, x: float) -> None:
    """Initialise a tail from the first records."""
    mean, squares = float(key.tail_threshold[tail]), float(key.tail_square[tail])
    off = x - mean
    mean += off / (t + 1)
    squares += off * (x - mean)
    key.tail_threshold[tail], key.tail_square[tail] = mean, squares
    if t == N_FIRST - 1:
        deviation = math.sqrt(max(squares, 0.0) / N_FIRST)
        key.tail_threshold[tail] = mean + 1.5 * deviation
        key.tail_excess[tail] = 0.4 * deviation + 1e-12 + 1e-9 * abs(mean)
        if tail in (RUN_HIGH, RUN_LOW, UNCHANGED):
            key.tail_threshold[tail] = key.tail_excess[tail] = 1
        key.tail_square[tail] = 2 * float(key.tail_excess[tail]) ** 2
        key.tail_clusters[tail], key.tail_rate[tail] = FIRST_CLUSTERS, EXCEEDED


@compiled
def _evidence(key: Key, tail: int, x: float, age: Age, threshold: float, record: StepRecord) -> tuple[float, float]:
    """Return improbability and evidence of a tail; learn it."""
    scale = _scale(key, tail, record)
    excess = (x - float(key.tail_threshold[tail])) / scale
    if record.is_clipped and tail in (HIGH, LOW) and (key.last_residual > 0) == (tail == HIGH):
        excess = max(excess, ABSURD)
    rarity = evidence = 0.0
    if excess > 0:
        rarity = _discounted(tail, _improbability(key, tail, excess), record.caution)
        evidence = limit_alert(key, tail, rarity, threshold)
        extend(key, tail, excess * scale)
    else:
        key.tail_gap[tail] = min(int(key.tail_gap[tail]) + 1, 255)
    advance(key, tail, scale, age)
    update_threshold(key, tail, age, excess > 0)
    if tail == UNCHANGED:
        key.tail_threshold[tail] = max(float(key.tail_threshold[tail]), LEAST_UNCHANGED)
    return rarity, evidence


@compiled
def _improbability(key: Key, tail: int, excess: float) -> float:
    """Return -log of the exceedance rate: a generalised Pareto tail."""
    shape = heaviness(key, tail) + 1 / min(float(key.tail_clusters[tail]), MOST_CLUSTERS)
    return -math.log(float(key.tail_rate[tail])) + math.log1p(shape * excess) / shape


@compiled
def _discounted(tail: int, nats: float, caution: float) -> float:
    """Take the price of a run and the caution from the improbability in one tail."""
    if tail in (RUN_HIGH, RUN_LOW):
        nats -= RUN_PRICE
    return nats / (1 + OF_MEAN_ERROR * (caution - 1) if tail == MEAN_ERROR else caution)


@compiled
def heaviness(key: Key, tail: int) -> float:
    """Estimate a tail's shape parameter from two moments, >= 0."""
    excess = float(key.tail_excess[tail])
    if not excess > 0:
        return 0.0
    ratio = float(key.tail_square[tail]) / (excess * excess)
    return min(max((1 - 1 / max(ratio - 1, 1e-3)) / 2, 0.0), HEAVIEST)
