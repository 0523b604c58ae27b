"""MessageSubject of a message: the series, feature and point of a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from stream.detection.episodes.verdict import Verdicts
from stream.detection.policy.policy import Transform
from stream.events.episodes import TransformName
from stream.worker.batches import PointBatch

TRANSFORMS: dict[int, TransformName] = {Transform.RATE: "rate", Transform.LOG: "log"}
"""As messages name them; a series that is scored as it is has none."""


@dataclass(frozen=True, slots=True)
class MessageSubject:
    """MessageSubject of a verdict: key, feature, position."""

    key: bytes
    feature: str | None
    point: int
    at: int

    @property
    def series(self) -> str:
        """Its name."""
        return self.key.decode()


def subject_of(row: int, batch: PointBatch, verdicts: Verdicts, features: tuple[str, ...]) -> MessageSubject:
    """Return the subject of a verdict.

    Parameters
    ----------
    row : int
        Of the verdict.
    batch : PointBatch
    verdicts : Verdicts
    features : tuple of str
        Names of the features that the model judges together; empty if it knows none.
    """
    point, at = int(verdicts.point[row]), int(verdicts.feature[row])
    series, feature = batch.series(point)
    return MessageSubject(series, features[at] if features else feature, point, at)
