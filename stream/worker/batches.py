"""Intake: messages of one partition to arrays of points, bad messages to dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from stream.detection.state.layout import Bool, Float64, Int64
from stream.events.dead_letter import check_headers, dead_letter
from stream.formats.page_from import NO_HISTORY, read_page_from
from stream.formats.points import Decoder, Points
from stream.formats.rejections import BadMessageError
from stream.formats.state_key import SEPARATOR, feature_key
from stream.worker.engine.batch import Records
from stream.worker.engine.sending.producer import Message

NOT_KNOWN: Final = -1
"""Time of a message in the oldest format of Kafka, which has none."""

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


class DeadLetterTopic(NamedTuple):
    """Where messages that cannot be read are put aside, and how large a dead letter may be."""

    name: str
    max_bytes: int


def read(records: Records, decoder: Decoder, n_features: int, dead_letters: DeadLetterTopic, now_ms: int) -> Intake:
    """Decode the records of one partition; a bad one never disturbs its neighbours.

    Parameters
    ----------
    records : list of ConsumerRecord
    n_features : int
        Features that are judged together; of 1, each feature of a message is a series of its own.
    now_ms : int
        The worker's clock, for points that lie too far in the future.
    """
    reader = _Reader(n_features)
    refused: list[tuple[BadMessageError, Message]] = []
    for record in records:
        try:
            if record.headers:
                check_headers(record.headers)
            page_from_ms = read_page_from(record.headers)
            points = decoder.decode(record.key, record.value, now_ms)
        except BadMessageError as bad:
            refused.append((bad, Message(dead_letters.name, *dead_letter(bad, record, dead_letters.max_bytes))))
        else:
            sent_ms = NOT_KNOWN if record.timestamp is None else record.timestamp
            reader.add(record.key, (record.offset, sent_ms, page_from_ms), points)
    return reader.intake(refused)


_Source: TypeAlias = tuple[int, int, int]
"""Offset of a message, its time, and from when on its points may page, both in ms since the epoch."""


class _Reader:
    """Columns of an intake as they grow."""

    def __init__(self, n_features: int) -> None:
        self._n_features = n_features
        self._keys: list[bytes] = []
        self._sources: list[_Source] = []
        self._n_points: list[int] = []
        self._timestamps_ms: list[int] = []
        self._values: list[float] = []

    def add(self, key: bytes, source: _Source, points: Points) -> None:
        if points.features and self._n_features == 1:
            n = len(points.features)
            for at, feature in enumerate(points.features):
                self._append(feature_key(key, feature), source, points.timestamps_ms, points.values[at::n])
        else:
            self._append(key, source, points.timestamps_ms, points.values)

    def _append(self, key: bytes, source: _Source, timestamps_ms: list[int], values: list[float]) -> None:
        self._keys.append(key)
        self._sources.append(source)
        self._n_points.append(len(timestamps_ms))
        self._timestamps_ms += timestamps_ms
        self._values += values

    def intake(self, refused: list[tuple[BadMessageError, Message]]) -> Intake:
        offsets, sent_ms, page_from_ms = np.array(self._sources, np.int64).reshape(-1, 3).T
        return Intake(
            self._keys,
            offsets,
            np.array(self._n_points, np.int64),
            sent_ms,
            page_from_ms,
            np.array(self._timestamps_ms, np.int64),
            np.array(self._values, np.float64).reshape(-1, self._n_features),
            refused,
        )
