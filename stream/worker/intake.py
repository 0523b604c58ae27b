"""Intake: messages of one partition to arrays of points, bad messages to dead letters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from aiokafka import ConsumerRecord

from stream.detection.record import Bool, Float64, Int64
from stream.formats import BadMessageError, Decoder, dead_letter_headers
from stream.worker.engine.batch import Records
from stream.worker.engine.outbox import Message


@dataclass(frozen=True, slots=True)
class Intake:
    """The readable messages of a chunk, flattened into points, and the others.

    Attributes
    ----------
    keys : list of bytes, one a message
    offsets, n_points : int64, shape (messages,)
    timestamps_ms : int64, shape (points,)
    values : float64, shape (points,)
        In the order of the messages.
    refused : list of (BadMessageError, Message)
        Why a message cannot be scored, and the dead letter that says so.
    """

    keys: list[bytes]
    offsets: Int64
    n_points: Int64
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
    values : float64, shape (points,)
    """

    intake: Intake
    message: Int64
    slots: Int64
    timestamps_ms: Int64
    values: Float64

    def key(self, row: int) -> bytes:
        """Give the key of a point's message: its series in UTF-8."""
        return self.intake.keys[int(self.message[row])]

    def offset(self, row: int) -> int:
        """Give the offset of a point's message."""
        return int(self.intake.offsets[self.message[row]])


def read(records: Records, decoder: Decoder, dead_letter_topic: str, now_ms: int) -> Intake:
    """Decode the records of one partition; a bad one never disturbs its neighbours.

    Parameters
    ----------
    records : list of ConsumerRecord
    now_ms : int
        The worker's clock, for points that lie too far in the future.
    """
    keys: list[bytes] = []
    offsets: list[int] = []
    n_points: list[int] = []
    timestamps_ms: list[int] = []
    values: list[float] = []
    refused: list[tuple[BadMessageError, Message]] = []
    for record in records:
        try:
            points = decoder.decode(record.key, record.value, now_ms)
        except BadMessageError as bad:
            headers = dead_letter_headers(bad, record.topic, record.partition, record.offset, record.headers)
            refused.append((bad, Message(dead_letter_topic, record.key, _sendable(record), headers)))
            continue
        keys.append(record.key)
        offsets.append(record.offset)
        n_points.append(len(points.values))
        timestamps_ms += points.timestamps_ms
        values += points.values
    return Intake(
        keys,
        np.array(offsets, np.int64),
        np.array(n_points, np.int64),
        np.array(timestamps_ms, np.int64),
        np.array(values, np.float64),
        refused,
    )


def _sendable(record: ConsumerRecord) -> bytes | None:
    """Give the value for the dead letter; no client sends a message of neither key nor value."""
    return b"" if record.key is None and record.value is None else record.value
