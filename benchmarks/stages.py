"""Where a worker's CPU goes: microseconds a point of each stage, in one process without a broker.

    .venv/bin/python -m benchmarks stages

Record batches are made in memory as a broker would send them. What follows is the worker's own code: records of a
fetch, intake, keys, detector, events, and a checkpoint for as many points as a second brings. Faust, the sockets and
the broker are left out: `python -m benchmarks throughput` has them.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final, cast

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from benchmarks.harness.load import Load
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table
from stream.events.dead_letter_log import DeadLetterLog
from stream.kafka.topics.identity import TopicIdentity
from stream.kafka.topics.records import Records, fetch_whole_batches
from stream.settings.settings import Settings
from stream.worker.assembly import build_processor, load_bundle
from stream.worker.engine.reading.chunker import AdaptiveChunker
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import Producer
from stream.worker.engine.sending.writer import BatchWriter
from stream.worker.metrics_topic import MetricsTopic
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.metrics import Metrics
from stream.worker.processor import PartitionProcessor

TP: Final = TopicPartition("metrics", 0)
BATCH_BYTES: Final = 16_384
"""Of a record batch, as producers make them by default."""

FETCH_BYTES: Final = 1_000_000
POINTS_PER_CHECKPOINT: Final = 50_000
SENT_MS: Final = 1_764_000_000_000
LOAD: Final = Load(1, 1_000)


CODE: Final = {
    "detector": "`stream/detection`",
    "intake: bytes to arrays": "`stream/worker/reader.py`, `stream/formats/plain_points.py`",
    "fetch: records of batches": "`stream/kafka/topics/records.py`",
    "chunks: records of one call": "`stream/worker/engine/reading/chunker.py`",
    "the rest of the scorer": "`stream/worker/processor.py`",
    "keys": "`stream/worker/keys`",
    "checkpoint: pack, seal": "`stream/worker/keys/key_table.py`",
    "checkpoint: compress, write": "`stream/worker/engine/sending`",
    "events": "`stream/worker/messages`",
}


class Stopwatch:
    """CPU time of stages; a stage within another is taken off it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of the block for a stage."""
        self._lap()
        self._open.append(name)
        try:
            yield
        finally:
            self._lap()
            self._open.pop()

    def _lap(self) -> None:
        now = time.thread_time()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts its time for a stage."""

        def call(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return function(*args, **kwargs)

        return call


class Sink:
    """Takes the batches of a checkpoint in place of a producer."""

    async def send_batch(self, batch: Any, *_: Any) -> None:
        """Compress a batch, as the producer does before it sends it."""
        batch.close()


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Measure each stage of a worker."""
    n_points, watch = run.less(200_000, 50_000), Stopwatch()
    fetches = list(encoded(n_points))
    processor = timed_scorer(watch)
    gc.collect()
    gc.freeze()
    score(fetches, processor, watch)
    gc.unfreeze()
    yield "stages", table({stage: seconds / n_points * 1e6 for stage, seconds in watch.seconds.items()}, n_points)


def encoded(n_points: int) -> Iterator[bytes]:
    """Write the messages into fetches of record batches."""
    fetch, builder, first = bytearray(), _builder(), 0
    for n, (key, value) in enumerate(LOAD.messages(n_points)):
        record: tuple[int, bytes, bytes, list[tuple[str, bytes | None]]] = SENT_MS, key, value, []
        if builder.append(n - first, *record) is None:
            fetch += _written(builder, first)
            builder, first = _builder(), n
            builder.append(0, *record)
        if len(fetch) > FETCH_BYTES:
            yield bytes(fetch)
            fetch.clear()
    yield bytes(fetch) + _written(builder, first)


def _builder() -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, BATCH_BYTES)


def _written(builder: DefaultRecordBatchBuilder, first: int) -> bytes:
    """Write a batch as a broker keeps it, which has put its first offset in front."""
    return first.to_bytes(8, "big") + bytes(builder.build())[8:]


def timed_scorer(watch: Stopwatch) -> PartitionProcessor:
    """Make a worker's scorer that counts what its parts take."""
    settings, metrics = Settings(), Metrics()
    source = MetricsTopic(TopicIdentity("cluster", TP.topic, "topic-id"), 1)
    processor = build_processor(settings, load_bundle(settings), metrics, source, DeadLetterLog(), AnomalyLog())
    parts: Any = processor
    parts._reader.read = watch.timed("intake: bytes to arrays", parts._reader.read)
    parts._admission.find = watch.timed("keys", parts._admission.find)
    parts._events.episodes = watch.timed("events", parts._events.episodes)
    parts.detector.score = watch.timed("detector", parts.detector.score)
    return processor


def score(fetches: list[bytes], processor: PartitionProcessor, watch: Stopwatch) -> None:
    """Take every fetch through the worker, and make checkpoints."""
    chunker, outbox, n_left = AdaptiveChunker(), Outbox(), POINTS_PER_CHECKPOINT
    position = 0
    for data in fetches:
        with watch.stage("fetch: records of batches"):
            records = read(data, position)
        position, applied = records[-1].offset + 1, 0
        while applied < len(records):
            started = time.thread_time()
            with watch.stage("chunks: records of one call"):
                chunk = chunker.chunk(records, applied)
            with watch.stage("the rest of the scorer"):
                processor.apply({0: chunk}, outbox)
            chunker.record(time.thread_time() - started)
            applied += len(chunk)
            n_left -= len(chunk)
            if n_left <= 0:
                n_left = POINTS_PER_CHECKPOINT
                checkpoint(processor, watch)


def read(data: bytes, position: int) -> Records:
    """Read a fetch as aiokafka's fetcher does in a worker."""
    fetch_whole_batches()
    batches = fetcher.MemoryRecords(data)
    batches.has_next()
    partition = fetcher.PartitionRecords(TP, batches, None, position, None, None, True, fetcher.READ_COMMITTED)
    return list(chain.from_iterable(partition))


def checkpoint(processor: PartitionProcessor, watch: Stopwatch) -> None:
    """Pack what has changed and write it into compressed batches."""
    with watch.stage("checkpoint: pack, seal"):
        records = processor.snapshot()
    with watch.stage("checkpoint: compress, write"):
        asyncio.run(BatchWriter(cast(Producer, Sink()), "changelog", compressed=True).send(records))


def table(microseconds: dict[str, float], n_points: int) -> Table:
    """Write the stages, the dearest first."""
    total = sum(microseconds.values())
    ordered = sorted(microseconds.items(), key=lambda item: -item[1])
    rows = [[stage, CODE.get(stage, ""), f"{us:.2f}", f"{us / total:.0%}"] for stage, us in ordered]
    rows.append(["together", "", f"{total:.2f}", ""])
    headers = ["stage", "code", "CPU, µs a point", "share"]
    return Table(headers, rows, f"{n_points:,} points, {LOAD}; one process, no broker.")
