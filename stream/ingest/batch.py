"""What a batch of messages became: points by series, and refused messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from stream.formats.points import encode_pairs
from stream.formats.rejections import BadMessageError
from stream.ingest.source_message import SourceMessage

POINTS_PER_MESSAGE = 1_000
"""Of one series: columns of this length cost least, and a message stays far below every limit of its size."""


@dataclass(slots=True)
class IngestBatch:
    """What some messages became.

    Attributes
    ----------
    points : dict of str to list of (int, float)
        By series: timestamp in milliseconds, value.
    refused : list of (SourceMessage, BadMessageError)
        Messages of which not everything could be read, each with its first reason.
    """

    points: defaultdict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[SourceMessage, BadMessageError]] = field(default_factory=list)

    @property
    def n_points(self) -> int:
        """Points of all series."""
        return sum(map(len, self.points.values()))

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Return series and value of each message for the metrics topic; the points of a series in their order."""
        for series, points in self.points.items():
            points.sort()
            for start in range(0, len(points), POINTS_PER_MESSAGE):
                yield series, encode_pairs(series, points[start : start + POINTS_PER_MESSAGE])
