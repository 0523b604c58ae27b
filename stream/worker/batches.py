"""The points of a chunk of messages as arrays, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Bool, Float64, Int64
from stream.formats.page_from import NO_HISTORY
from stream.formats.rejections import BadMessageError
from stream.formats.state.key import SEPARATOR
from stream.worker.engine.sending.producer import Message

COLLECTED_MS: Final = 86_400_000
"""A message sent a day after its last point was collected afterwards; senders and pipelines are rarely so slow."""


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """Decoded messages of a chunk as points, and rejections.

    A message whose features are series of their own counts once for each of them.

    Attributes
    ----------
    keys : list of bytes, one a message
        The message's key, or that of one of its features: see `feature_key`.
    partitions, offsets, n_points, sent_ms, page_from_ms : int64, shape (messages,)
        The fourth is the time of the message, the fifth the event time from which on its points may page.
    timestamps_ms : int64, shape (points,)
    values : float64, shape (points, features)
        In the order of the messages.
    rejected : list of (BadMessageError, ProtobufMessage)
        Why a message cannot be scored, and the dead letter that says so.
    """

    keys: list[bytes]
    partitions: Int64
    offsets: Int64
    n_points: Int64
    sent_ms: Int64
    page_from_ms: Int64
    timestamps_ms: Int64
    values: Float64
    rejected: list[tuple[BadMessageError, Message]]

    @classmethod
    def joined(cls, parts: list[DecodedBatch]) -> DecodedBatch:
        """Put one behind the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            [key for part in parts for key in part.keys],
            np.concatenate([part.partitions for part in parts]),
            np.concatenate([part.offsets for part in parts]),
            np.concatenate([part.n_points for part in parts]),
            np.concatenate([part.sent_ms for part in parts]),
            np.concatenate([part.page_from_ms for part in parts]),
            np.concatenate([part.timestamps_ms for part in parts]),
            np.concatenate([part.values for part in parts]),
            [rejected for part in parts for rejected in part.rejected],
        )

    def fresh_points(self, slots: Int64, fresh: Bool) -> PointBatch:
        """Return the points of messages not yet applied.

        Parameters
        ----------
        slots : int64, shape (messages,)
            Slot of each message's key.
        fresh : bool, shape (messages,)
        """
        chosen = np.repeat(fresh, self.n_points)
        message = np.repeat(np.arange(len(slots)), self.n_points)[chosen]
        return PointBatch(self, message, slots[message], self.timestamps_ms[chosen], self.values[chosen])


@dataclass(frozen=True, slots=True)
class PointBatch:
    """Points to score, and where each came from.

    Attributes
    ----------
    decoded : DecodedBatch
    message : int64, shape (points,)
        Index of the point's message in the intake.
    slots, timestamps_ms : int64, shape (points,)
    values : float64, shape (points, features)
    """

    decoded: DecodedBatch
    message: Int64
    slots: Int64
    timestamps_ms: Int64
    values: Float64

    def series(self, row: int) -> tuple[bytes, str | None]:
        """Return a point's series in UTF-8, with its feature."""
        series, separator, feature = self.decoded.keys[int(self.message[row])].partition(SEPARATOR)
        return series, feature.decode() if separator else None

    def is_history(self) -> Bool:
        """Return which points are history."""
        is_history: Bool = self.timestamps_ms < self.decoded.page_from_ms[self.message]
        return is_history

    def delivery_lag_s(self) -> Float64:
        """Return how long points waited for their message's last.

        Only a message that was sent when its last point was new is evidence of a sender that waits. One of history, or
        sent more than `COLLECTED_MS` and longer than it covers after its last point, was collected afterwards.
        """
        if self.decoded.n_points.max(initial=1) == 1:
            return np.zeros(len(self.message))
        first, last = (np.searchsorted(self.message, self.message, side) for side in ("left", "right"))
        last_ms = self.timestamps_ms[last - 1]
        covered_ms = last_ms - self.timestamps_ms[first]
        late = self.decoded.sent_ms[self.message] - last_ms > np.maximum(covered_ms, COLLECTED_MS)
        collected = late | (self.decoded.page_from_ms[self.message] != NO_HISTORY)
        delivery_lag_s: Float64 = np.where(collected, 0, np.maximum(last_ms - self.timestamps_ms, 0)) / 1000.0
        return delivery_lag_s

    def place(self, row: int) -> tuple[int, int]:
        """Return partition and offset of a point's message."""
        at = self.message[row]
        return int(self.decoded.partitions[at]), int(self.decoded.offsets[at])
