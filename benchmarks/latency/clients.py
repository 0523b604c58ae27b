"""The clients of the measurement: a sender at a given rate, a copier, and a reader of what is published.

Each runs in a process of its own. All take the time from the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.harness.load import START_MS, STEP_MS, message, point
from stream.kafka.partitioner import partition_of

TICK_S = 0.005
"""Messages that are due within so long are handed to the client together, as a producer with a linger does."""

MOST_AT_ONCE = 2_000
BATCH_BYTES = 262_144
FAULT = 1_000.0
"""Added to the value of a planted fault; the series swing by some 125."""

POLL_MS = 200
PATIENCE_S = 120.0

PointId = tuple[str, int]
"""Series, and event time in ms."""


class Source(NamedTuple):
    """The metrics topic, and how many series are on it."""

    brokers: str
    topic: str
    n_partitions: int
    n_series: int


class Pass(NamedTuple):
    """What is sent in one pass. Points are numbered through all passes: the series take turns.

    Attributes
    ----------
    numbers : range
    rate : float
        Points a second; infinity for as fast as the client can.
    faults : frozenset of int
        Numbers of the points that are planted faults.
    """

    numbers: range
    rate: float
    faults: frozenset[int]


class Sent(NamedTuple):
    """When the points of a pass were handed to the client, in monotonic seconds.

    Attributes
    ----------
    started_s, ended_s : float
    at_s : dict of PointId to float
    """

    started_s: float
    ended_s: float
    at_s: dict[PointId, float]


class _Published(msgspec.Struct):
    """What is read of an episode event or of a scored point."""

    series: str
    timestamp: int
    state: str


class _Received(msgspec.Struct):
    """What is read of a point."""

    series: str
    timestamp: int


@contextmanager
def client(target: Callable[..., None], *args: object) -> Iterator[Connection]:
    """Run a client in a process of its own until the end of the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*args, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
        ours.send(None)
        process.join(PATIENCE_S)
    finally:
        process.kill()


def series_name(which: int) -> str:
    """Name a series."""
    return f"host-{which:05d}/latency"


def point_id(source: Source, number: int) -> PointId:
    """Name a point."""
    at, which = divmod(number, source.n_series)
    return series_name(which), START_MS + at * STEP_MS


def run_sender(source: Source, pipe: Connection) -> None:
    """Send each `Pass` that comes through the pipe, and answer with `Sent`, until None comes."""
    asyncio.run(_serve_passes(source, pipe))


async def _serve_passes(source: Source, pipe: Connection) -> None:
    async with AIOKafkaProducer(bootstrap_servers=source.brokers, max_batch_size=BATCH_BYTES) as producer:
        while (wanted := await asyncio.to_thread(pipe.recv)) is not None:
            pipe.send(await _Sender(producer, source, wanted).send())


class _Sender:
    """Sends a pass, each message when it is due."""

    def __init__(self, producer: AIOKafkaProducer, source: Source, wanted: Pass) -> None:
        self._producer, self._source, self._wanted = producer, source, wanted
        keys = [series_name(which).encode() for which in range(source.n_series)]
        self._keys = [(partition_of(key, source.n_partitions), key) for key in keys]
        self._bodies = [self._body(number) for number in wanted.numbers]

    def _body(self, number: int) -> bytes:
        at, which = divmod(number, self._source.n_series)
        timestamp_ms, value = point(which, at, self._source.n_series)
        return message(series_name(which), [(timestamp_ms, value + FAULT * (number in self._wanted.faults))])

    async def send(self) -> Sent:
        """Send all, and wait until the broker has them."""
        numbers, rate = self._wanted.numbers, self._wanted.rate
        pause_s = max(TICK_S, 1 / rate)
        at_s: dict[PointId, float] = {}
        acknowledgements: list[Any] = []
        n_sent, started_s = 0, time.monotonic()
        while n_sent < len(numbers):
            elapsed_s = time.monotonic() - started_s
            due = int(min(len(numbers), n_sent + MOST_AT_ONCE, 1 + elapsed_s * rate))
            now_s = time.monotonic()
            acknowledgements += await self._hand_over(range(n_sent, due))
            at_s |= {point_id(self._source, number): now_s for number in numbers[n_sent:due]}
            n_sent = due
            if due > elapsed_s * rate:
                await asyncio.sleep(pause_s - elapsed_s % pause_s)
        await asyncio.gather(*acknowledgements)
        return Sent(started_s, time.monotonic(), at_s)

    async def _hand_over(self, which: range) -> list[Any]:
        """Put messages into a batch for each partition."""
        batches: dict[int, Any] = defaultdict(self._producer.create_batch)
        for at in which:
            partition, key = self._keys[self._wanted.numbers[at] % self._source.n_series]
            if batches[partition].append(key=key, value=self._bodies[at], timestamp=None) is None:
                raise RuntimeError(f"{len(which)} messages do not fit into {BATCH_BYTES} bytes a partition")
        topic = self._source.topic
        return [await self._producer.send_batch(batch, topic, partition=each) for each, batch in batches.items()]


def run_reader(brokers: str, topic: str, pipe: Connection) -> None:
    """Read a topic from its end on; answer any request with the times of all points seen since the last one."""
    asyncio.run(_serve_arrivals(brokers, topic, pipe))


async def _serve_arrivals(brokers: str, topic: str, pipe: Connection) -> None:
    decoder, at_s = msgspec.json.Decoder(_Published), dict[PointId, float]()
    async with AIOKafkaConsumer(bootstrap_servers=brokers) as consumer:
        await _seek_to_end(consumer, topic)
        pipe.send("reading")
        while True:
            records = await consumer.getmany(timeout_ms=POLL_MS)
            now_s = time.monotonic()
            for record in (record for fetched in records.values() for record in fetched):
                found = decoder.decode(record.value)
                if found.state not in ("close", "update"):
                    at_s.setdefault((found.series, found.timestamp), now_s)
            if pipe.poll():
                if pipe.recv() is None:
                    return
                pipe.send(at_s)
                at_s = {}


def run_copier(source: Source, target: str, pipe: Connection) -> None:
    """Publish an event for each point and do nothing else, until None comes: what the clients alone take."""
    asyncio.run(_copy(source, target, pipe))


async def _copy(source: Source, target: str, pipe: Connection) -> None:
    decoder, encoder = msgspec.json.Decoder(_Received), msgspec.json.Encoder()
    async with (
        AIOKafkaConsumer(bootstrap_servers=source.brokers) as consumer,
        AIOKafkaProducer(bootstrap_servers=source.brokers) as producer,
    ):
        await _seek_to_end(consumer, source.topic)
        pipe.send("reading")
        while not pipe.poll():
            records = await consumer.getmany(timeout_ms=POLL_MS)
            for record in (record for fetched in records.values() for record in fetched):
                point = decoder.decode(record.value)
                event = _Published(point.series, point.timestamp, "open")
                await producer.send(target, encoder.encode(event), key=record.key)


async def _seek_to_end(consumer: AIOKafkaConsumer, topic: str) -> None:
    while (partitions := consumer.partitions_for_topic(topic)) is None:
        await consumer._client.force_metadata_update()
    consumer.assign([TopicPartition(topic, each) for each in partitions])
    await consumer.seek_to_end()
    for each in consumer.assignment():
        await consumer.position(each)
