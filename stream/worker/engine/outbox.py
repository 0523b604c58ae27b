"""Outputs on their way: sent at once, their acknowledgements awaited by the next checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from stream.worker.engine.writer import BatchWriter, KeyedRecord

ACKNOWLEDGE_TIMEOUT_S = 30.0


class Message(NamedTuple):
    """A message for a topic whose producer chooses the partition by the key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Outbox:
    """Messages that a chunk of input gave rise to.

    They are put in synchronously, together with the state they follow from, so that a checkpoint that has seen the
    state also sees its messages.
    """

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._scores: list[KeyedRecord] = []
        self._unacknowledged: list[Awaitable[object]] = []
        self._sending = asyncio.Lock()

    def put(self, messages: list[Message], scores: list[KeyedRecord]) -> None:
        """Add messages, and scored points whose partition is that of their source."""
        self._messages.extend(messages)
        self._scores.extend(scores)

    def __bool__(self) -> bool:
        """Say whether anything is waiting to be sent, on its way to the producer, or not acknowledged."""
        return bool(self._messages or self._scores or self._unacknowledged) or self._sending.locked()

    async def send(self, producer: AIOKafkaProducer, scores_topic: str | None) -> None:
        """Hand everything to the producer; a second caller waits for the first."""
        async with self._sending:
            messages, self._messages = self._messages, []
            for message in messages:
                self._unacknowledged.append(
                    await producer.send(
                        message.topic, value=message.value, key=message.key, headers=message.headers or None
                    )
                )
            scores, self._scores = self._scores, []
            if scores and scores_topic is not None:
                self._unacknowledged.extend(await BatchWriter(producer, scores_topic).send(scores))

    async def acknowledged(self) -> None:
        """Wait until the broker has everything that was sent; raises what the producer raised."""
        waiting, self._unacknowledged = self._unacknowledged, []
        await asyncio.wait_for(asyncio.gather(*waiting), ACKNOWLEDGE_TIMEOUT_S)
