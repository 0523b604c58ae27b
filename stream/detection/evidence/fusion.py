"""Score fusion: the largest of four calibrated components.

A value is an anomaly because it is a record for its key and new to it (records), because it lies far out in the key's
own tails (tails), because it comes at the wrong moment (moment), or because the key has fallen still (quiet). They see
different faults, and a sum would alarm on two half suspicions (measured: docs/detector.md).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import STATISTICS, TAILS, Float32, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.evidence.seasonal_deviation import SeasonalDeviation
from stream.detection.evidence.tail_evidence import N_FIRST
from stream.detection.points.warmup import is_slow, youth
from stream.detection.policy.budget import Thresholds
from stream.detection.state.key import Key
from stream.detection.state.step_record import N_STATISTICS, StepRecord

EVIDENCE: Final = (*STATISTICS, "moment", "quiet")
"""What a score is made of, in the order of every axis of length 7."""

MOMENT, QUIET = EVIDENCE.index("moment"), EVIDENCE.index("quiet")

OF_TAIL: Final = np.array([0, 0, 1, 1, 2, 2, 3, *[0] * (len(TAILS) - 8), QUIET])
"""The kind of evidence that each tail is: the forecast's error and the runs are the value's, no change is quiet."""

UNSEEN_HOUR_WEIGHT: Final = 1 / 3
"""How much less the novelty counts, for a key with a rhythm of the day, in an hour of the week never seen before: its
first weekend is new and no fault."""

NOVELTY_WEIGHT: Final = 0.94
"""What the novelty counts beside moment and quiet: alone, its boundary is that of its specification."""

WEEKLY_NOVELTY_WEIGHT: Final = 0.7
"""What it counts beside that for a key whose weeks are known: there the moment knows better what to expect."""

MIN_NOVELTY: Final = 0.7
"""Novelty without which record evidence does not alarm."""

MIN_TAIL_EVIDENCE: Final = 10.9
"""Nats that the most improbable tail must reach for record evidence to alarm under a strict budget."""

MIN_TAIL_EVIDENCE_YOUNG: Final = 7.0
"""Nats that it must reach for a slow key before its warm-up, without a rhythm of the day: much of it is new."""

DAILY_CAUTION: Final = 1.3
"""How many times the usual record evidence a key needs whose days are known and whose weeks are not: its first weekend
and every shifted day bring new values at once."""

TAILS_FROM: Final = 1440
"""Record from which on tails may alarm: the first peaks of a day would."""

NONE, WHOLE = np.float32(0), np.float32(1)
"""Shares of a score."""

WEEK_PROVED_S: Final = 86_400.0
"""How long the profile of the week must have been of use without a break before moment and quiet may alarm."""


@compiled
def combine_scores(
    key: Key,
    timestamp_s: float,
    warmup: int,
    limits: Thresholds,
    at_this_time: SeasonalDeviation,
    quiet: np.float32,
    record: StepRecord,
) -> None:
    """Combine the components into the anomaly score.

    Parameters
    ----------
    warmup : int
        Records before which a slow key needs more evidence.
    limits : Thresholds
    """
    record.weighted_novelty = _weighted_novelty(record, float(at_this_time.novelty_weight))
    unproven_week = DAILY_CAUTION if record.day_on and not record.week_on else 1.0
    threshold = record.caution * limits.record * max(youth(key, record.t, warmup), unproven_week)
    record.record_score = min(record.record_evidence / threshold, record.weighted_novelty / MIN_NOVELTY)
    rare = _rarity_required(key, record, warmup, limits.strictness)
    if rare > 0:
        record.record_score = min(record.record_score, record.rarity / rare)
    record.tail_score = record.tail_evidence / limits.tail if record.t >= TAILS_FROM else 0.0
    proved = (
        at_this_time.maturity_weight if _is_weekly_profile_proven(key, timestamp_s, record.week_on) else np.float32(0)
    )
    record.seasonal_score, record.variability_score = proved * at_this_time.score, proved * quiet
    record.score = max(
        record.record_score, record.tail_score, float(record.seasonal_score), float(record.variability_score)
    )


@compiled
def _rarity_required(key: Key, record: StepRecord, warmup: int, strictness: float) -> float:
    """Return the nats that the most improbable tail must reach for record evidence to alarm, 0 for none."""
    if record.is_clipped or record.t < N_FIRST:
        return 0.0
    strict = strictness * MIN_TAIL_EVIDENCE
    is_young = record.t < warmup and is_slow(key) and not record.day_on
    return max(strict, MIN_TAIL_EVIDENCE_YOUNG) if is_young else strict


@compiled
def _weighted_novelty(record: StepRecord, surprise: float) -> float:
    """Return the novelty, reduced where it was expected."""
    new = NOVELTY_WEIGHT * record.novelty * surprise
    if record.week_on:
        new *= WEEKLY_NOVELTY_WEIGHT
    if record.day_on and not record.is_hour_seen:
        new *= UNSEEN_HOUR_WEIGHT
    return new


@compiled
def _is_weekly_profile_proven(key: Key, timestamp_s: float, week_on: bool) -> bool:
    """Check whether the weekly profile has long been useful."""
    if not week_on:
        key.week_on_since_s = 0
    elif key.week_on_since_s == 0:
        key.week_on_since_s = timestamp_s
    return week_on and timestamp_s - key.week_on_since_s >= WEEK_PROVED_S


@compiled
def leading_tail(record: StepRecord) -> int:
    """Return the tail that makes the score, or -1."""
    others = max(record.record_score, float(record.seasonal_score), float(record.variability_score))
    return record.tail if record.tail_score > others else -1


@compiled
def share(record: StepRecord, kind: int) -> np.float32:
    """Return the share of the score that a kind of evidence has.

    Parameters
    ----------
    kind : int
        Its place in `EVIDENCE`. The shares of all are 1 together, or all 0 without any evidence.
    """
    moment, quiet = float(record.seasonal_score), float(record.variability_score)
    largest = max(record.record_score, record.tail_score, moment, quiet)
    if largest <= 0:
        return NONE
    if record.record_score < largest:
        leading = OF_TAIL[record.tail] if record.tail_score >= largest else MOMENT if moment >= largest else QUIET
        return WHOLE if kind == leading else NONE
    if kind >= N_STATISTICS:
        return NONE
    total = NONE
    for of in range(N_STATISTICS):
        total += record.contributions[of]
    return np.float32(record.contributions[kind] / (total if total != 0 else WHOLE))


def shares(records: Records) -> Float32:
    """Return each component's share of the scores.

    Parameters
    ----------
    records : structured array of `STEP_RECORD`, shape (n,)

    Returns
    -------
    float32, shape (n, 7)
        In the order of `EVIDENCE`.
    """
    found = np.empty((len(records), len(EVIDENCE)), np.float32)
    _fill_shares(records, found)
    return found


@entry_point
def _fill_shares(records: Records, found: Float32) -> None:
    for row in range(len(records)):
        for kind in range(len(EVIDENCE)):
            found[row, kind] = share(records[row], kind)
