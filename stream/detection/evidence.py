"""The evidence: three witnesses, each with its boundary at 1, and the one that is listened to.

A value is an anomaly because its key has never shown it (novelty), because it comes at the wrong moment (moment), or
because the key has fallen still (quiet). The score is that of the strongest witness: they see different faults, and a
sum would alarm on two half suspicions (measured: docs/detector.md).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.constant import double
from stream.detection.described import Described
from stream.detection.moment import Moment
from stream.detection.novelty import Novelty
from stream.detection.record import STATISTICS, Float32, Float64, Int64

EVIDENCE: Final = (*STATISTICS, "moment", "quiet")
"""What a score is made of, in the order of every axis of length 7."""

UNFAMILIAR: Final = double(1 / 3.0)
"""How much less the novelty counts, for a key with a rhythm of the day, in an hour of the week never seen before: its
first weekend is new and no fault."""

COMPANY: Final = double(0.94)
"""What the novelty's word counts beside two other witnesses: alone, its boundary is that of its specification."""

KNOWN_WEEK: Final = double(0.7)
"""What it counts beside that for a key whose weeks are known: there the moment knows better what to expect."""

WHOLE: Final = double(1)


class Evidence(NamedTuple):
    """What speaks for an anomaly in each record of a batch."""

    score: Float64
    """1.0 is the boundary of every key; shape (batch,)."""
    parts: Float32
    """What each statistic adds to the novelty; shape (5, batch)."""
    new: Float64
    """The novelty as it was listened to; shape (batch,)."""
    moment: Float32
    quiet: Float32
    """The other witnesses; shape (batch,)."""

    def shares(self, rows: Int64) -> Float32:
        """Give the part of each kind of evidence in the score, adding up to 1, or all 0 without any.

        Parameters
        ----------
        rows : int64, shape (n,)

        Returns
        -------
        float32, shape (n, 7)
        """
        new, moment, quiet = self.new[rows], self.moment[rows], self.quiet[rows]
        parts = self.parts[:, rows]
        total = np.add.reduce(parts, axis=0)
        total[total == 0] = 1
        is_new, is_moment = new >= np.maximum(moment, quiet), moment >= quiet
        statistics = parts / total * is_new
        return np.vstack([statistics, is_moment & ~is_new, ~(is_moment | is_new)]).T.astype(np.float32)


def listen(novelty: Novelty, moment: Moment, quiet: Float32, record: Described) -> Evidence:
    """Hear the witnesses on a batch of records."""
    unfamiliar = record.rhythm[0] & ~record.familiar
    known = np.where(record.rhythm[1], KNOWN_WEEK, WHOLE)
    new = COMPANY * novelty.score * known * np.where(unfamiliar, UNFAMILIAR, WHOLE) * moment.surprise
    trust = np.where(record.rhythm[1], moment.trust, WHOLE)
    score = trust * np.maximum(new, np.maximum(moment.score, quiet))
    return Evidence(score, novelty.parts, new, moment.score, quiet)
