"""The evidence: three witnesses, each with its boundary at 1, and the one that is listened to.

A value is an anomaly because its key has never shown it (novelty), because it comes at the wrong moment (moment), or
because the key has fallen still (quiet). The score is that of the strongest witness: they see different faults, and a
sum would alarm on two half suspicions (measured: docs/detector.md).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.described import Described
from stream.detection.moment import Moment
from stream.detection.novelty import Novelty
from stream.detection.record import STATISTICS, Float32, Float64

EVIDENCE: Final = (*STATISTICS, "moment", "quiet")
"""What a score is made of, in the order of every axis of length 7."""

MOMENT, QUIET = EVIDENCE.index("moment"), EVIDENCE.index("quiet")

UNFAMILIAR: Final = 3.0
"""How much stronger the novelty must be, for a key with a rhythm of the day, in an hour of the week never seen before:
its first weekend is new and no fault."""


COMPANY: Final = 0.94
"""What the novelty's word counts beside two other witnesses: alone, its boundary is that of its specification."""

KNOWN_WEEK: Final = 0.75
"""What it counts beside that for a key whose weeks are known: there the moment knows better what to expect."""


class Evidence(NamedTuple):
    """What speaks for an anomaly in each record of a batch."""

    score: Float64
    """1.0 is the boundary of every key; shape (batch,)."""
    shares: Float32
    """Part of each kind of evidence in the score, adding up to 1, or all 0 without any; shape (batch, 7)."""


def listen(novelty: Novelty, moment: Moment, quiet: Float32, record: Described) -> Evidence:
    """Hear the witnesses on a batch of records."""
    unfamiliar = record.rhythm[0] & ~record.familiar
    known = np.where(record.rhythm[1], KNOWN_WEEK, 1.0)
    new = COMPANY * novelty.score * known * np.where(unfamiliar, 1 / UNFAMILIAR, 1.0) * moment.surprise
    others = np.maximum(moment.score, quiet)
    is_new, is_moment = new >= others, moment.score >= quiet
    shares = np.empty((len(new), len(EVIDENCE)), np.float32)
    np.multiply(novelty.shares, is_new[:, None], out=shares[:, : len(STATISTICS)])
    shares[:, MOMENT] = is_moment & ~is_new
    shares[:, QUIET] = ~(is_moment | is_new)
    return Evidence(np.maximum(new, others), shares)
