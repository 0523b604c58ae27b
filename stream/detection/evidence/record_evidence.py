"""Record evidence: how improbable a new extreme is.

After t records of a stationary series a new extreme comes with probability 1/t or so. So events, runs of records that
lie outside of all that was seen, are counted in logarithmic time, and their rate now is (n + 1) / (t + 1) a record. How
far an event goes beyond what was seen is exponential with the scale of the tail; known from m events only, its tail is
a Pareto one: a key with few events needs more, without a table of ages.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.kernel.grid import VALUE
from stream.detection.novelty.clipping import SETTLED
from stream.detection.state.key import Key
from stream.detection.state.step_record import N_STATISTICS, StepRecord

KEPT: Final = 0.7
"""Part of the distance kept from one record to the next."""

WEIGHTS: Final = (0.5, 0.6, 0.9, 0.6, 1.7)
"""What each statistic's evidence counts in the sum. Calm noise raises the level; faults raise the pair."""

SATURATION: Final = 10.0
"""Nats from which on more evidence in one statistic counts ever less: heavy tails go far in one, faults in several."""

ALL_WEIGHTS: Final = sum(WEIGHTS)
"""What the evidence of an absurd value counts: the other statistics are made of the value that was learned instead."""

PRIOR_EVENTS, PRIOR_SIZE = 4.0, 0.02
"""Events that every key is taken to have had before its first, each of a fiftieth of what it has shown."""

DEGREES: Final = 2.0
"""Events that are added to those seen for the shape of the tail."""

LEAST_PART: Final = 0.05
"""Part of the usual size below which a distance is no evidence."""

RATE_FORGOTTEN, SIZE_FORGOTTEN = 0.5, 0.1
"""Powers of the age with which the count of events and their sizes are forgotten."""

OVER_AFTER: Final = 3
"""Records inside of all that was seen after which an event is over."""

LEARNED_AT_MOST, LEARNED_AT_LEAST = 12.0, 0.5
"""Nats of evidence up to which the size of an event is learned."""

LARGEST_EXPONENT: Final = 20.0
SMALLEST: Final = 1e-12


@compiled
def score(key: Key, warmup: int, record: StepRecord) -> None:
    """Compute record evidence of each statistic in nats; learn it."""
    record.record_evidence = 0.0
    for of in range(N_STATISTICS):
        record.contributions[of] = 0
        if record.t >= SETTLED:
            evidence = _evidence(key, of, warmup, record)
            is_absurd = record.is_clipped and of == VALUE
            part = ALL_WEIGHTS * evidence if is_absurd else WEIGHTS[of] * _saturated(evidence)
            record.contributions[of] = part
            record.record_evidence += part


@compiled
def _evidence(key: Key, of: int, warmup: int, record: StepRecord) -> float:
    """Return the evidence of one statistic; learn its record."""
    distance, width = float(record.distances[of]), float(record.extents[of])
    off = KEPT * float(key.event_distance[of]) + distance
    if of == VALUE and record.is_clipped:
        off = max(off, width)
    key.event_distance[of] = off
    size = (float(key.event_sizes[of]) + PRIOR_EVENTS * PRIOR_SIZE * width + SMALLEST) / (
        float(key.event_weight[of]) + PRIOR_EVENTS
    )
    degrees = float(key.event_weight[of]) + DEGREES
    odds = (record.t + 1) / (float(key.event_count[of]) + 1)
    evidence = 0.0
    if off > LEAST_PART * size:
        evidence = max(0.0, math.log(odds) + degrees * math.log1p(off / (degrees * size)))
    kept = 1 - SIZE_FORGOTTEN / (record.t + 1)
    key.event_count[of] *= 1 - RATE_FORGOTTEN / (record.t + 1)
    key.event_weight[of] *= kept
    key.event_sizes[of] *= kept
    if distance > 0:
        _extend_event(key, of)
    elif key.event_age[of] > OVER_AFTER - 1:
        _close_event(key, of, math.inf if record.t <= warmup else _limit(size, degrees, math.log(odds)))
    elif key.event_age[of] > 0:
        key.event_age[of] += np.uint8(1)
    return evidence


@compiled
def _saturated(nats: float) -> float:
    """Let the evidence of one statistic count ever less beyond `SATURATION`."""
    return SATURATION * math.log1p(nats / SATURATION) if nats > 0 else 0.0


@compiled
def _limit(size: float, degrees: float, rarity: float) -> float:
    """Return the largest event size that is learned in full."""
    nats = max(LEARNED_AT_MOST - rarity, LEARNED_AT_LEAST)
    return degrees * size * math.expm1(min(nats / degrees, LARGEST_EXPONENT))


@compiled
def _extend_event(key: Key, of: int) -> None:
    """Start or go on with a statistic's event.

    `event_age` is 0 without one, else 1 + records inside.
    """
    key.event_peak[of] = max(key.event_peak[of], key.event_distance[of])
    key.event_age[of] = 1


@compiled
def _close_event(key: Key, of: int, limit: float) -> None:
    """Learn a finished event, its size up to a limit."""
    key.event_count[of] += np.float32(1)
    key.event_weight[of] += np.float32(1)
    key.event_sizes[of] += min(float(key.event_peak[of]), limit)
    key.event_peak[of], key.event_age[of] = 0, 0
