"""Outbox: messages sent at once, acknowledged by the checkpoint."""

from __future__ import annotations

import asyncio

from stream.worker.engine.sending.producer import Delivery, KeyedRecord, Message, Producer
from stream.worker.engine.sending.writer import BatchWriter


class Outbox:
    """Messages that a chunk of input gave rise to.

    They are put in synchronously, together with the state they follow from, so that a checkpoint that has seen the
    state also sees its messages.
    """

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._scores: list[KeyedRecord] = []
        self._unacknowledged: list[Delivery] = []
        self._sending = asyncio.Lock()

    def put(self, messages: list[Message], scores: list[KeyedRecord]) -> None:
        """Add messages, and scores for their source's partition."""
        self._messages.extend(messages)
        self._scores.extend(scores)

    def __bool__(self) -> bool:
        """Check whether anything is unsent or unacknowledged."""
        return bool(self._messages or self._scores or self._unacknowledged) or self._sending.locked()

    async def send(self, producer: Producer, scores_topic: str | None) -> None:
        """Send everything; concurrent callers wait."""
        async with self._sending:
            messages, self._messages = self._messages, []
            for message in messages:
                self._unacknowledged.append(await producer.send(message))
            scores, self._scores = self._scores, []
            if scores and scores_topic is not None:
                sent = await BatchWriter(producer, scores_topic).send(scores)
                # Scores are never written again: what is in the batches need not be kept beside them.
                self._unacknowledged.extend(delivery._replace(records=[]) for delivery in sent)

    async def acknowledged(self, producer: Producer) -> None:
        """Wait for all acknowledgements; raises DeliveryError."""
        waiting, self._unacknowledged = self._unacknowledged, []
        await producer.deliver(waiting)
