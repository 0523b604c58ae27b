"""Verdicts on points, and the detector's policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np

from stream.detection.arrays import Float64, Int64, UInt8
from stream.detection.episodes.transition import Transition
from stream.detection.points.warmup import SLOW_WARMUP
from stream.detection.policy.budget import DEFAULT, Budget
from stream.detection.policy.suppression import Suppression

UPDATE_INTERVAL_MS: Final = 3_600_000
BAND_LEVEL: Final = 0.99


class Outcome(IntEnum):
    """What became of a point.

    FILLING is one that ends no window of a model that judges windows; RESET one with which a counter began anew, so
    that it has no rate; MAINTENANCE one that was put aside in a window of its series' maintenance; SUPPRESSED one
    at the boundary whose alarm a rule of its series suppressed.
    """

    WARMING = 0
    NORMAL = 1
    ANOMALOUS = 2
    FILLING = 3
    RESET = 4
    MAINTENANCE = 5
    SUPPRESSED = 6
    DUPLICATE = 7
    LATE = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """How points become verdicts.

    Attributes
    ----------
    warmup : int, or int64 of shape (slots,)
        Records of a key before it can raise an alarm; of all keys, or of each slot its own.
    slow_warmup : int, or int64 of shape (slots,)
        The same of a key with half an hour or more between its records, where that is less.
    max_fill : int
        The most missing points of one gap that are imputed.
    rewarm : int
        Records without alarms after a longer gap: the length of the longest short window.
    update_interval_ms : int
        Event time from which on it is said that an episode lasts, ever more rarely.
    level : float
        Share of the forecast's probability that lies between `lower` and `upper`.
    bands : bool
        Whether every point gets its band, or only those that change an episode.
    false_alarms : Budget
        How often a series may alarm for nothing, where no rule decides it.
    """

    warmup: int | Int64 = 300
    slow_warmup: int | Int64 = SLOW_WARMUP
    max_fill: int = 3
    rewarm: int = 24
    update_interval_ms: int = UPDATE_INTERVAL_MS
    level: float = BAND_LEVEL
    bands: bool = False
    false_alarms: Budget = DEFAULT


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts, one per point and separately scored feature.

    Attributes
    ----------
    slot, point, feature : int64, shape (verdicts,)
        What it is about: the state's slot, index of the point, and of the feature in the model's order.
    outcome : uint8, shape (verdicts,)
        `Outcome`.
    score : float64, shape (verdicts,)
        1.0 is the boundary; NaN where the outcome is not NORMAL, ANOMALOUS or SUPPRESSED.
    actual : float64, shape (verdicts,)
        What was judged, in the unit of `expected`: the value, or its rate a second; NaN where there is none.
    expected, lower, upper : float64, shape (verdicts,)
        The forecast made before the point and its band; NaN where there is none.
    transform : uint8, shape (verdicts,)
        `Transform` under which it was judged.
    transitions : list of Transition
        In the order of each key's points.
    n_gaps, n_imputed : int
        Holes found, and points imputed into them.
    n_suppressed : int64, shape (4,)
        Alarms that rules suppressed, by `Suppression`.
    """

    slot: Int64
    point: Int64
    feature: Int64
    outcome: UInt8
    score: Float64
    actual: Float64
    expected: Float64
    lower: Float64
    upper: Float64
    transform: UInt8
    transitions: list[Transition] = field(default_factory=list)
    n_gaps: int = 0
    n_imputed: int = 0
    n_suppressed: Int64 = field(default_factory=lambda: np.zeros(len(Suppression), np.int64))
