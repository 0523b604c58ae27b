"""The evidence: three witnesses, each with its boundary at 1, and the one that is listened to.

A value is an anomaly because its key has never shown it (novelty), because it comes at the wrong moment (moment), or
because the key has fallen still (quiet). The score is that of the strongest witness: they see different faults, and a
sum would alarm on two half suspicions (measured: docs/detector.md).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiled import compiled
from stream.detection.judgement import Judgement
from stream.detection.moment import Moment
from stream.detection.record import STATISTICS, Float32, Records

EVIDENCE: Final = (*STATISTICS, "moment", "quiet")
"""What a score is made of, in the order of every axis of length 7."""

UNFAMILIAR: Final = 1 / 3
"""How much less the novelty counts, for a key with a rhythm of the day, in an hour of the week never seen before: its
first weekend is new and no fault."""

COMPANY: Final = 0.94
"""What the novelty's word counts beside two other witnesses: alone, its boundary is that of its specification."""

KNOWN_WEEK: Final = 0.7
"""What it counts beside that for a key whose weeks are known: there the moment knows better what to expect."""


@compiled
def listen(record: Judgement, at_this_time: Moment, quiet: np.float32) -> None:
    """Hear the witnesses on a record whose novelty is known."""
    new = COMPANY * record.novelty * float(at_this_time.surprise)
    if record.week_on:
        new *= KNOWN_WEEK
    if record.day_on and not record.familiar:
        new *= UNFAMILIAR
    loudest = max(new, float(at_this_time.score), float(quiet))
    record.new, record.moment, record.quiet = new, at_this_time.score, quiet
    record.score = loudest * float(at_this_time.trust) if record.week_on else loudest


def shares(records: Records) -> Float32:
    """Give the part of each kind of evidence in the score, adding up to 1, or all 0 without any.

    Parameters
    ----------
    records : structured array of `JUDGEMENT`, shape (n,)

    Returns
    -------
    float32, shape (n, 7)
    """
    new, moment, quiet, parts = (records[name] for name in ("new", "moment", "quiet", "parts"))
    total = parts.sum(axis=1)
    total[total == 0] = 1
    is_new, is_moment = new >= np.maximum(moment, quiet), moment >= quiet
    statistics = parts.T / total * is_new
    return np.vstack([statistics, is_moment & ~is_new, ~(is_moment | is_new)]).T.astype(np.float32)
