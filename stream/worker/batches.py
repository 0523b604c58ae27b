"""The points of a chunk of messages as arrays, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.state.layout import Bool, Float64, Int64
from stream.formats.page_from import NO_HISTORY
from stream.formats.rejections import BadMessageError
from stream.formats.state_key import SEPARATOR
from stream.worker.engine.sending.producer import Message

COLLECTED_MS: Final = 86_400_000
"""A message sent a day after its last point was collected afterwards; senders and pipelines are rarely so slow."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The readable messages of a chunk, flattened into points, and the others.

    A message whose features are series of their own counts once for each of them.

    Attributes
    ----------
    keys : list of bytes, one a message
        The message's key, or that of one of its features: see `feature_key`.
    offsets, n_points, sent_ms, page_from_ms : int64, shape (messages,)
        The third is the time of the message, the fourth the event time from which on its points may page.
    timestamps_ms : int64, shape (points,)
    values : float64, shape (points, features)
        In the order of the messages.
    refused : list of (BadMessageError, Message)
        Why a message cannot be scored, and the dead letter that says so.
    """

    keys: list[bytes]
    offsets: Int64
    n_points: Int64
    sent_ms: Int64
    page_from_ms: Int64
    timestamps_ms: Int64
    values: Float64
    refused: list[tuple[BadMessageError, Message]]

    def fresh_points(self, slots: Int64, fresh: Bool) -> Batch:
        """Give the points of the messages that the state has not seen.

        Parameters
        ----------
        slots : int64, shape (messages,)
            Slot of each message's key.
        fresh : bool, shape (messages,)
        """
        chosen = np.repeat(fresh, self.n_points)
        message = np.repeat(np.arange(len(slots)), self.n_points)[chosen]
        return Batch(self, message, slots[message], self.timestamps_ms[chosen], self.values[chosen])


@dataclass(frozen=True, slots=True)
class Batch:
    """Points to score, and where each came from.

    Attributes
    ----------
    intake : Intake
    message : int64, shape (points,)
        Index of the point's message in the intake.
    slots, timestamps_ms : int64, shape (points,)
    values : float64, shape (points, features)
    """

    intake: Intake
    message: Int64
    slots: Int64
    timestamps_ms: Int64
    values: Float64

    def series(self, row: int) -> tuple[bytes, str | None]:
        """Give the series of a point in UTF-8, and the feature if that is a series of its own."""
        series, separator, feature = self.intake.keys[int(self.message[row])].partition(SEPARATOR)
        return series, feature.decode() if separator else None

    def is_history(self) -> Bool:
        """Say which points are older than their message lets them page."""
        is_history: Bool = self.timestamps_ms < self.intake.page_from_ms[self.message]
        return is_history

    def waited_s(self) -> Float64:
        """Give how long each point waited for the last one of its message before both were sent.

        Only a message that was sent when its last point was new is evidence of a sender that waits. One of history, or
        sent more than `COLLECTED_MS` and longer than it covers after its last point, was collected afterwards.
        """
        first, last = (np.searchsorted(self.message, self.message, side) for side in ("left", "right"))
        last_ms = self.timestamps_ms[last - 1]
        covered_ms = last_ms - self.timestamps_ms[first]
        late = self.intake.sent_ms[self.message] - last_ms > np.maximum(covered_ms, COLLECTED_MS)
        collected = late | (self.intake.page_from_ms[self.message] != NO_HISTORY)
        waited_s: Float64 = np.where(collected, 0, np.maximum(last_ms - self.timestamps_ms, 0)) / 1000.0
        return waited_s

    def offset(self, row: int) -> int:
        """Give the offset of a point's message."""
        return int(self.intake.offsets[self.message[row]])
