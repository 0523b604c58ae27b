"""Messages about scored points, one for every verdict."""

from __future__ import annotations

import numpy as np
from msgspec import UNSET

from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.policy.policy import Transform
from stream.events.episodes import ScoredPoint, ScoreState, encode_score
from stream.worker.batches import PointBatch
from stream.worker.engine.sending.producer import KeyedRecord
from stream.worker.messages.subjects import TRANSFORMS, MessageSubject, subject_of

SCORE_STATES: dict[int, ScoreState] = {
    Outcome.WARMING: "warming",
    Outcome.FILLING: "filling",
    Outcome.NORMAL: "normal",
    Outcome.ANOMALOUS: "anomalous",
    Outcome.RESET: "reset",
    Outcome.MAINTENANCE: "maintenance",
    Outcome.SUPPRESSED: "suppressed",
}


def score_records(batch: PointBatch, verdicts: Verdicts, features: tuple[str, ...]) -> list[KeyedRecord]:
    """Build a scored point for every verdict; see `subject_of`."""
    records = []
    for row in np.flatnonzero(verdicts.outcome <= Outcome.SUPPRESSED).tolist():
        subject = subject_of(row, batch, verdicts, features)
        partition, _offset = batch.place(subject.point)
        records.append(KeyedRecord(partition, subject.key, encode_score(_score(subject, row, batch, verdicts))))
    return records


def _score(subject: MessageSubject, row: int, batch: PointBatch, verdicts: Verdicts) -> ScoredPoint:
    return ScoredPoint(
        series=subject.series,
        feature=UNSET if subject.feature is None else subject.feature,
        timestamp=int(batch.timestamps_ms[subject.point]),
        value=float(batch.values[subject.point, subject.at]),
        transform=TRANSFORMS.get(int(verdicts.transform[row]), UNSET),
        rate=float(verdicts.actual[row]) if verdicts.transform[row] == Transform.RATE else UNSET,
        expected=float(verdicts.expected[row]),
        lower=float(verdicts.lower[row]),
        upper=float(verdicts.upper[row]),
        score=float(verdicts.score[row]),
        state=SCORE_STATES[int(verdicts.outcome[row])],
    )
