"""Clusters of records above the threshold of a tail.

A cluster begins with a record above the threshold and is over when enough records have been below it. A tail learns
the peak of each, so that one fault of many records counts once.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled
from stream.detection.state.key import Key

LONGEST_MEMORY: Final = 4000.0
EXCEEDED: Final = 0.04
"""Part of the records that the threshold lets lie above it."""

FIRST_CLUSTERS: Final = 3.0
MOST_CLUSTERS, MAX_WEIGHTED = 40.0, 120.0
"""Clusters from which the tail's shape is known at most; clusters that its means remember."""

LONGEST_CLUSTER, CLUSTER_OVER = 500, 10
"""Records of a cluster at most, and records below the threshold after which it is over."""

ALERT_LASTS, ALERT_FORGOTTEN = 12, 1500
"""Records for which a cluster alarms, and after which one that never ends may alarm again."""

LEARNED_AT_MOST, LEARNED_AT_LEAST = 12.0, 0.5
LARGEST_EXPONENT: Final = 20.0
LARGEST_KEPT: Final = 0.9
"""Part of the largest cluster that still counts at the next: what comes a second time is learned whole."""

LEAST_CLUSTERS: Final = 0.3
"""Clusters that a tail is taken to have had at least."""


class Age(NamedTuple):
    """What follows from the number of a key's records, the same for all tails."""

    weight: float
    """Of the newest record."""
    least_rate: float
    """Clusters a record at least."""
    is_limited: bool
    """Whether the warm-up is over, and what is learned has a limit."""


@compiled
def age_of(t: int, warmup: int) -> Age:
    """Return what follows from `t` records."""
    return Age(max(1 / (t + 1), 1 / LONGEST_MEMORY), LEAST_CLUSTERS / (t + 1), t > warmup)


@compiled
def limit_alert(key: Key, tail: int, evidence: float, threshold: float) -> float:
    """Limit how long a cluster alarms.

    `tail_alerted` is 0 before, else 1 + records.
    """
    if key.tail_alerted[tail] > ALERT_FORGOTTEN + 1:
        key.tail_alerted[tail] = 0
    elif evidence >= threshold and key.tail_alerted[tail] == 0:
        key.tail_alerted[tail] = 1
    return evidence if key.tail_alerted[tail] <= ALERT_LASTS + 1 else 0.0


@compiled
def extend(key: Key, tail: int, size: float) -> None:
    """Start or extend a cluster.

    `tail_age` is 0 without one, else 1 + records since its first.
    """
    if key.tail_age[tail] == 0:
        key.tail_age[tail], key.tail_peak[tail] = 1, 0
    key.tail_peak[tail] = max(float(key.tail_peak[tail]), size)
    key.tail_gap[tail] = 0


@compiled
def advance(key: Key, tail: int, scale: float, age: Age) -> None:
    """Count a record in the open cluster, or close it."""
    if key.tail_age[tail] > 0 and (key.tail_gap[tail] >= CLUSTER_OVER or key.tail_age[tail] > LONGEST_CLUSTER + 1):
        _close(key, tail, scale, age)
    elif key.tail_age[tail] > 0:
        key.tail_age[tail] += np.uint16(1)
    if key.tail_alerted[tail] > 0:
        key.tail_alerted[tail] += np.uint16(1)


@compiled
def _close(key: Key, tail: int, scale: float, age: Age) -> None:
    """Learn the peak of a finished cluster."""
    size = peak = float(key.tail_peak[tail])
    if age.is_limited:
        known = min(float(key.tail_clusters[tail]), MOST_CLUSTERS)
        nats = max(LEARNED_AT_MOST + math.log(float(key.tail_rate[tail])), LEARNED_AT_LEAST)
        limit = known * scale * math.expm1(min(nats / known, LARGEST_EXPONENT))
        size = min(peak, max(float(key.tail_largest[tail]), limit))
        key.tail_largest[tail] = max(LARGEST_KEPT * float(key.tail_largest[tail]), peak)
    if key.tail_gap[tail] >= CLUSTER_OVER:
        key.tail_alerted[tail] = 0
    key.tail_age[tail] = 0
    key.tail_clusters[tail] += np.float32(1)
    share = 1 / min(float(key.tail_clusters[tail]), MAX_WEIGHTED)
    key.tail_excess[tail] += share * (size - float(key.tail_excess[tail]))
    key.tail_square[tail] += share * (size * size - float(key.tail_square[tail]))
    key.tail_rate[tail] += age.weight


@compiled
def update_threshold(key: Key, tail: int, age: Age, exceeds: bool) -> None:
    """Decay the cluster rate; update the quantile threshold."""
    key.tail_rate[tail] = max(float(key.tail_rate[tail]) * (1 - age.weight), age.least_rate)
    usual = float(key.tail_excess[tail])
    step = age.weight * usual / EXCEEDED
    moved = min((1 - EXCEEDED) * step, 2 * usual) if exceeds else -EXCEEDED * step
    key.tail_threshold[tail] += moved
