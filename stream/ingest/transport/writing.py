"""Write points and dead letters to their topics: all, or an error."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.errors import BrokerUnreachableError, StreamgaugeError, TopicError
from stream.events.dead_letter import DeadLetter, dead_letter
from stream.formats.rejections import BadMessageError
from stream.ingest.batch import IngestBatch
from stream.kafka.aiokafka_clients import aiokafka_options
from stream.kafka.partitioner import partition_of
from stream.settings.settings import Settings

PATIENCE_S: Final = 120.0
"""How long a broker may be gone."""

STOP_TIMEOUT_S: Final = 5.0

BATCH_BYTES: Final = 262_144
MAX_KNOWN_SERIES: Final = 200_000
"""Series whose partition is kept; when there are more, all are computed anew."""


class Writing:
    """Writes what a batch of messages became.

    Keys are the names of the series, and the partitioner is that of the Java clients, so that a series is always in
    one partition, whatever partition its sender wrote to.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._partitions: dict[str, int] = {}

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(
            **aiokafka_options(self._settings),
            acks="all",
            compression_type="zstd",
            max_batch_size=BATCH_BYTES,
            max_request_size=self._settings.max_dead_letter_bytes,
            request_timeout_ms=round(1000 * PATIENCE_S),
        )
        await self._producer.start()

    async def write(self, batch: IngestBatch) -> list[tuple[BadMessageError, DeadLetter]]:
        """Send everything and wait until the broker has it; return the dead letters.

        Raises
        ------
        BrokerUnreachableError, TopicError
            If it did not take all: nothing may be committed then.
        """
        max_bytes = self._settings.max_dead_letter_bytes
        letters = [(bad, dead_letter(bad, each.source, each.record, max_bytes)) for each, bad in batch.refused]
        try:
            sent = await self._send_points(batch) + [await self._send_letter(letter) for _, letter in letters]
            await asyncio.gather(*sent)
        except KafkaError as error:
            kind: type[StreamgaugeError] = BrokerUnreachableError if error.retriable else TopicError
            raise kind(
                f"topics {self._settings.metrics_topic} and {self._settings.dead_letters} did not take everything: "
                f"{error!r}; the messages are read again at the next start"
            ) from error
        return letters

    async def _send_points(self, batch: IngestBatch) -> list[asyncio.Future[Any]]:
        topic = self._settings.metrics_topic
        n_partitions = len(await self._producer.partitions_for(topic))
        open_batches: dict[int, BatchBuilder] = {}
        sent = []
        for series, value in batch.messages():
            partition, key = self._partition_of(series, n_partitions), series.encode()
            builder = open_batches.get(partition)
            if builder is None or builder.append(timestamp=None, key=key, value=value) is None:
                if builder is not None:
                    sent.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = open_batches[partition] = self._producer.create_batch()
                builder.append(timestamp=None, key=key, value=value)  # The first one always fits.
        for partition, builder in open_batches.items():
            sent.append(await self._producer.send_batch(builder, topic, partition=partition))
        return sent

    async def _send_letter(self, letter: DeadLetter) -> asyncio.Future[Any]:
        topic, headers = self._settings.dead_letters, letter.headers
        sent: asyncio.Future[Any] = await self._producer.send(topic, letter.value, letter.key, headers=headers)
        return sent

    def _partition_of(self, series: str, n_partitions: int) -> int:
        partition = self._partitions.get(series)
        if partition is None:
            if len(self._partitions) >= MAX_KNOWN_SERIES:
                self._partitions.clear()
            partition = self._partitions[series] = partition_of(series.encode(), n_partitions)
        return partition

    async def stop(self) -> None:
        """Close the connection; everything was sent, or is read again."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._producer.stop(), STOP_TIMEOUT_S)
