"""Write points and dead letters to their topics: all, or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from stream.errors import BrokerUnreachableError, TopicError
from stream.events.dead_letter import DeadLetter, dead_letter
from stream.formats.rejections import BadMessageError
from stream.ingest.batch_reader import IngestBatch
from stream.kafka.partitioner import partition_of
from stream.settings.settings import Settings
from stream.worker.engine.sending.producer import DeliveryError, KeyedRecord, Message, Producer
from stream.worker.engine.sending.writer import BatchWriter

PATIENCE_S: Final = 120.0
"""How long a broker may be gone."""

MAX_KNOWN_SERIES: Final = 200_000
"""Series whose partition is kept; when there are more, all are computed anew."""

AGAIN: Final = "the messages are read again at the next start"


class PointWriter:
    """Writes what a batch of messages became.

    Keys are the names of the series, and the partitioner is that of the Java clients, so that a series is always in
    one partition, whatever partition its sender wrote to.

    Parameters
    ----------
    settings : Settings
    producer : callable
        Returns the producer, once it has been started.
    """

    def __init__(self, settings: Settings, producer: Callable[[], Producer]) -> None:
        self._producer = producer
        self._metrics_topic, self._dead_letters = settings.metrics_topic, settings.dead_letters
        self._max_dead_letter_bytes = settings.max_dead_letter_bytes
        self._partitions: dict[str, int] = {}
        self._n_partitions = 0

    async def write(self, batch: IngestBatch) -> list[tuple[BadMessageError, DeadLetter]]:
        """Send everything and wait until the broker has it; return the dead letters.

        Raises
        ------
        BrokerUnreachableError, TopicError
            If it did not take all: nothing may be committed then.
        """
        max_bytes = self._max_dead_letter_bytes
        letters = [(bad, dead_letter(bad, each.source, each.record, max_bytes)) for each, bad in batch.refused]
        topics = f"topics {self._metrics_topic} and {self._dead_letters}"
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._deliver(batch, [letter for _, letter in letters])
        except DeliveryError as error:
            raise TopicError(f"{topics} did not take everything: {error}; {AGAIN}") from error
        except TimeoutError as error:
            raise BrokerUnreachableError(
                f"{topics} did not take everything within {PATIENCE_S:g} s; {AGAIN}"
            ) from error
        return letters

    async def _deliver(self, batch: IngestBatch, letters: list[DeadLetter]) -> None:
        producer = self._producer()
        n_partitions = len(await producer.partitions(self._metrics_topic))
        deliveries = await BatchWriter(producer, self._metrics_topic).send(self._records(batch, n_partitions))
        for letter in letters:
            deliveries.append(await producer.send(Message(self._dead_letters, *letter)))
        await producer.deliver(deliveries)

    def _records(self, batch: IngestBatch, n_partitions: int) -> Iterator[KeyedRecord]:
        if n_partitions != self._n_partitions or len(self._partitions) > MAX_KNOWN_SERIES:
            self._partitions.clear()
            self._n_partitions = n_partitions
        for series, value in batch.messages():
            key = series.encode()
            partition = self._partitions.get(series)
            if partition is None:
                partition = self._partitions[series] = partition_of(key, n_partitions)
            yield KeyedRecord(partition, key, value)
