"""The evidence: four components of a score, each with its boundary at 1, of which the largest counts.

A value is an anomaly because it is a record for its key and new to it (records), because it lies far out in the key's
own tails (tails), because it comes at the wrong moment (moment), or because the key has fallen still (quiet). They see
different faults, and a sum would alarm on two half suspicions (measured: docs/detector.md).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler import compiled
from stream.detection.evidence.seasonal_deviation import Moment
from stream.detection.evidence.tail_evidence import N_FIRST
from stream.detection.state.budget import record_threshold, strictness, tail_threshold
from stream.detection.state.key import Key
from stream.detection.state.layout import STATISTICS, TAILS, Float32, Int64, Records
from stream.detection.state.step_record import N_STATISTICS, Judgement
from stream.detection.state.warmup import is_slow, youth

EVIDENCE: Final = (*STATISTICS, "moment", "quiet")
"""What a score is made of, in the order of every axis of length 7."""

OF_TAIL: Final = np.array([0, 0, 1, 1, 2, 2, 3, *[0] * (len(TAILS) - 8), EVIDENCE.index("quiet")])
"""The kind of evidence that each tail is: the forecast's error and the runs are the value's, no change is quiet."""

UNFAMILIAR: Final = 1 / 3
"""How much less the novelty counts, for a key with a rhythm of the day, in an hour of the week never seen before: its
first weekend is new and no fault."""

COMPANY: Final = 0.94
"""What the novelty counts beside moment and quiet: alone, its boundary is that of its specification."""

KNOWN_WEEK: Final = 0.7
"""What it counts beside that for a key whose weeks are known: there the moment knows better what to expect."""

NEW: Final = 0.7
"""Novelty without which record evidence does not alarm."""

RARE: Final = 10.3
"""Nats that the most improbable tail must reach for record evidence to alarm under a strict budget."""

RARE_IN_RHYTHM: Final = 9.0
"""Nats that it must reach under any budget for a key whose weeks are known, or with a rhythm of the day in an hour of
the week never seen before: there the profile expects what is usual, and records that are not rare are its noise."""

RARE_IF_SLOW: Final = 7.0
"""Nats that it must reach for a slow key without a rhythm of the day: it is young for months, and much of it new."""

TAILS_FROM: Final = 1440
"""Record from which on tails may alarm: the first peaks of a day would."""

WEEK_PROVED_S: Final = 86_400.0
"""How long the profile of the week must have been of use without a break before moment and quiet may alarm."""


@compiled
def combine(
    key: Key,
    timestamp_s: float,
    warmup: int,
    budget: float,
    at_this_time: Moment,
    quiet: np.float32,
    record: Judgement,
) -> None:
    """Make the score of a record whose novelty, record evidence and tail evidence are known.

    Parameters
    ----------
    warmup : int
        Records before which a slow key needs more evidence.
    budget : float
        Points for which there may be one false alarm.
    """
    record.new = _new(record, float(at_this_time.surprise))
    threshold = record.caution * record_threshold(budget) * youth(key, record.t, warmup)
    record.records = min(record.record_evidence / threshold, record.new / NEW)
    rare = _rarity_required(key, record, budget)
    if rare > 0:
        record.records = min(record.records, record.rarity / rare)
    record.tails = record.tail_evidence / tail_threshold(budget) if record.t >= TAILS_FROM else 0.0
    proved = at_this_time.trust if _week_has_proved(key, timestamp_s, record.week_on) else np.float32(0)
    record.moment, record.quiet = proved * at_this_time.score, proved * quiet
    record.score = max(record.records, record.tails, float(record.moment), float(record.quiet))


@compiled
def _rarity_required(key: Key, record: Judgement, budget: float) -> float:
    """Give the nats that the most improbable tail must reach for record evidence to alarm, 0 for none."""
    if record.absurd or record.t < N_FIRST:
        return 0.0
    strict = strictness(budget) * RARE
    if record.week_on or (record.day_on and not record.familiar):
        return max(strict, RARE_IN_RHYTHM)
    return max(strict, RARE_IF_SLOW) if is_slow(key) and not record.day_on else strict


@compiled
def _new(record: Judgement, surprise: float) -> float:
    """Give the novelty, less of it where it was to be expected."""
    new = COMPANY * record.novelty * surprise
    if record.week_on:
        new *= KNOWN_WEEK
    if record.day_on and not record.familiar:
        new *= UNFAMILIAR
    return new


@compiled
def _week_has_proved(key: Key, timestamp_s: float, week_on: bool) -> bool:
    """Say whether the profile of the week has been of use for long enough, and note since when it is."""
    if not week_on:
        key.week_on_since_s = 0
    elif key.week_on_since_s == 0:
        key.week_on_since_s = timestamp_s
    return week_on and timestamp_s - key.week_on_since_s >= WEEK_PROVED_S


def leading_tails(records: Records) -> Int64:
    """Give the tail that makes the score, by its place in `TAILS`; -1 where that is no tail's; shape (n,)."""
    others = np.maximum(records["records"], np.maximum(records["moment"], records["quiet"]))
    found: Int64 = np.where(records["tails"] > others, records["tail"], -1)
    return found


def shares(records: Records) -> Float32:
    """Give the part of each kind of evidence in the score, adding up to 1, or all 0 without any.

    Parameters
    ----------
    records : structured array of `JUDGEMENT`, shape (n,)

    Returns
    -------
    float32, shape (n, 7)
    """
    found = np.zeros((len(records), len(EVIDENCE)), np.float32)
    components = np.stack([records[name] for name in ("records", "tails", "moment", "quiet")])
    rows, largest = np.arange(len(records)), components.argmax(axis=0)
    kind = np.choose(largest, [0, OF_TAIL[records["tail"]], EVIDENCE.index("moment"), EVIDENCE.index("quiet")])
    found[rows, kind] = 1
    of_records = records["parts"][largest == 0]
    total = of_records.sum(axis=1, keepdims=True)
    found[largest == 0, :N_STATISTICS] = of_records / np.where(total == 0, 1, total)
    found[components.max(axis=0) <= 0] = 0
    return found
