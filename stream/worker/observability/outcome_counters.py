"""Counters of what became of points."""

from __future__ import annotations

from typing import Final

import numpy as np
from prometheus_client import Counter

from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.policy.suppression import Suppression
from stream.worker.observability.metrics import Metrics

N_OUTCOMES: Final = len(Outcome)


class OutcomeCounters:
    """Count the verdicts of a worker.

    A counter takes a lock and has a price, which a call for a single point pays for each: those that stay as they are
    are left alone.

    Parameters
    ----------
    metrics : Metrics
    """

    def __init__(self, metrics: Metrics) -> None:
        of: dict[Outcome, tuple[Counter, ...]] = {
            Outcome.WARMING: (metrics.warming,),
            Outcome.NORMAL: (metrics.scored,),
            Outcome.ANOMALOUS: (metrics.scored, metrics.anomalous),
            Outcome.FILLING: (metrics.filling,),
            Outcome.RESET: (metrics.resets,),
            Outcome.MAINTENANCE: (metrics.maintenance,),
            Outcome.SUPPRESSED: (metrics.scored,),
            Outcome.DUPLICATE: (metrics.duplicate,),
            Outcome.LATE: (metrics.late,),
        }
        self._of_outcome = [of[outcome] for outcome in Outcome]
        reasons = [reason for reason in Suppression if reason != Suppression.NONE]
        self._of_reason = [(reason.value, metrics.suppressed.labels(reason.name.lower())) for reason in reasons]
        self._points, self._gaps, self._imputed = metrics.points, metrics.gaps, metrics.imputed
        self._pending = metrics.pending

    def add(self, verdicts: Verdicts) -> None:
        """Count the verdicts of a call."""
        self._points.inc(len(verdicts.outcome))
        counts = np.bincount(verdicts.outcome, minlength=N_OUTCOMES).tolist()
        for n, counters in zip(counts, self._of_outcome, strict=True):
            for counter in counters if n else ():
                counter.inc(n)
        if verdicts.n_gaps:
            self._gaps.inc(verdicts.n_gaps)
            self._imputed.inc(verdicts.n_imputed)
        if verdicts.transitions:
            self._pending.inc(sum(each.change == Change.PENDING for each in verdicts.transitions))
        if verdicts.n_suppressed.any():
            for reason, counter in self._of_reason:
                counter.inc(int(verdicts.n_suppressed[reason]))
