"""Producer: aiokafka's, with patient retries and clear errors."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.types import TP

from stream.worker.engine.waits import Wait, Waits

REQUEST_TIMEOUT_S = 10.0
"""A request that a broker leaves unanswered for so long is made again, where the leader is then."""

MISSING_TIMEOUT_S = 10.0
"""A topic that the brokers have not known for so long is gone: waiting does not bring it back."""

LOOK_EVERY_S = 1.0
PAUSE_S = 0.2


class KeyedRecord(NamedTuple):
    """A record for a chosen partition."""

    partition: int
    key: bytes
    value: bytes | memoryview | None


class Message(NamedTuple):
    """A message partitioned by its key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class DeliveryError(RuntimeError):
    """A message that no waiting can deliver.

    Attributes
    ----------
    topic : str
    partition : int or None
        None where the topic is not there.
    cause : str
    """

    def __init__(self, topic: str, partition: int | None, cause: str) -> None:
        super().__init__(f"{topic}, partition {partition}: {cause}")
        self.topic = topic
        self.partition = partition
        self.cause = cause


class WithdrawnError(RuntimeError):
    """A batch was taken back before it was sent."""


class Delivery(NamedTuple):
    """A sent message, or a sent batch."""

    tp: TP
    acknowledged: asyncio.Future[Any]
    records: Sequence[KeyedRecord]

    def has_arrived(self) -> bool:
        """Check whether the broker has acknowledged it."""
        return self.acknowledged.done() and not self.acknowledged.cancelled() and not self.acknowledged.exception()

    def last_offset(self) -> int:
        """Return the last offset of a delivered batch."""
        return int(self.acknowledged.result().offset) + len(self.records) - 1


class Producer:
    """Producer that retries while a partition has no leader.

    Nothing here gives up because of time alone: who is still a member of the group owns its partitions, and waits.

    Parameters
    ----------
    kafka : AIOKafkaProducer
        Started. Its batches never expire: those of a partition would otherwise overtake each other.
    waits : Waits
    """

    def __init__(self, kafka: AIOKafkaProducer, waits: Waits) -> None:
        self._kafka = kafka
        self._kafka._message_accumulator._batch_ttl = math.inf
        self._waits = waits
        self._partitioner = DefaultPartitioner()
        self._missing_since_s: dict[str, float] = {}

    def create_batch(self) -> BatchBuilder:
        """Return an empty batch."""
        return self._kafka.create_batch()

    async def partitions(self, topic: str) -> list[int]:
        """Return the partitions of a topic; raises as `send` does."""
        cluster = self._kafka.client.cluster
        partitions = cluster.partitions_for_topic(topic)
        if partitions is None:
            with self._waits.on(f"metadata of topic {topic}") as wait:
                self._kafka.client.add_topic(topic)
                while (partitions := cluster.partitions_for_topic(topic)) is None:
                    if await self._kafka.client.force_metadata_update():
                        self._look(TP(topic, -1), wait)
                    await asyncio.sleep(PAUSE_S)
        return sorted(partitions)

    async def send(self, message: Message) -> Delivery:
        """Hand over a message.

        Raises
        ------
        DeliveryError
        """
        partitions = await self.partitions(message.topic)
        tp = TP(message.topic, self._partitioner(message.key, partitions, partitions))
        headers = message.headers or None
        return await self._hand_over(
            tp, [], lambda: self._kafka.send(tp.topic, message.value, message.key, tp.partition, headers=headers)
        )

    async def send_batch(self, batch: BatchBuilder, tp: TP, records: Sequence[KeyedRecord]) -> Delivery:
        """Send a batch of these records; raises as `send` does."""
        await self.partitions(tp.topic)
        return await self._hand_over(
            tp, records, lambda: self._kafka.send_batch(batch, tp.topic, partition=tp.partition)
        )

    async def deliver(self, deliveries: list[Delivery]) -> None:
        """Wait for all acknowledgements; raises as `send` does."""
        waiting = {delivery.acknowledged: delivery for delivery in deliveries}
        with self._waits.on("acknowledgements") as wait:
            while waiting:
                self._look(next(iter(waiting.values())).tp, wait)
                done, _ = await asyncio.wait(waiting, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_EXCEPTION)
                for future in done:
                    self._check(waiting.pop(future))

    def withdraw(self, topic: str) -> None:
        """Cancel a topic's unacknowledged batches."""
        accumulator = self._kafka._message_accumulator
        for tp in [tp for tp in accumulator._batches if tp.topic == topic]:
            for batch in accumulator._batches.pop(tp):
                if (
                    batch.retry_count
                ):  # It has been sent before, and is looked for among the pending ones once it is done.
                    accumulator._pending_batches.add(batch)
                batch.failure(WithdrawnError())
                batch._drain_waiter.exception()
        for batch in accumulator._pending_batches:
            if batch.tp.topic == topic:
                batch._ttl = 0.0

    async def _hand_over(
        self, tp: TP, records: Sequence[KeyedRecord], send: Callable[[], Awaitable[asyncio.Future[Any]]]
    ) -> Delivery:
        with self._waits.on(f"room to send to {tp.topic}-{tp.partition}") as wait:
            while True:
                try:
                    acknowledged = await send()
                except (KafkaTimeoutError, UnknownTopicOrPartitionError):
                    self._look(tp, wait)
                except KafkaError as error:
                    raise DeliveryError(*tp, repr(error)) from error
                else:
                    acknowledged.add_done_callback(_retrieve)
                    return Delivery(tp, acknowledged, records)

    def _look(self, tp: TP, wait: Wait) -> None:
        """Describe what a delivery waits for; end hopeless waits."""
        cluster = self._kafka.client.cluster
        if tp.topic in cluster.unauthorized_topics:
            raise DeliveryError(*tp, "the broker refuses this user: give it the right to write there")
        if cluster.partitions_for_topic(tp.topic) is None:
            wait.what = f"topic {tp.topic}, which is not on the broker"
            since_s = self._missing_since_s.setdefault(tp.topic, time.monotonic())
            if time.monotonic() - since_s > MISSING_TIMEOUT_S:
                raise DeliveryError(tp.topic, None, "the topic is not on the broker: create it")
            return
        self._missing_since_s.pop(tp.topic, None)
        leader = cluster.leader_for_partition(tp)
        has_leader = leader is not None and leader >= 0
        answer = f"an acknowledgement by broker {leader}" if has_leader else "a leader"
        wait.what = f"{answer} of {tp.topic}-{tp.partition}"

    @staticmethod
    def _check(delivery: Delivery) -> None:
        error = delivery.acknowledged.exception()
        if isinstance(error, KafkaError):
            raise DeliveryError(*delivery.tp, repr(error)) from error
        if error is not None:
            raise error


def _retrieve(acknowledged: asyncio.Future[Any]) -> None:
    """Retrieve an error, so that asyncio does not warn."""
    if not acknowledged.cancelled():
        acknowledged.exception()
