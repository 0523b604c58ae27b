"""Offsets that are not there: no loss where the broker left them out, a loss where a batch went astray."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from aiokafka import ConsumerRecord
from faust.types import TP

from stream.worker.engine.app import Engine
from stream.worker.engine.consumer import Batch, BatchConsumer
from tests.integration.engine.surviving import GaveUpError

METRICS = TP("metrics", 0)


def records(*offsets: int) -> list[ConsumerRecord]:
    return [ConsumerRecord("metrics", 0, offset, 0, 0, b"cpu", b"{}", None, 0, 0, ()) for offset in offsets]


class Fetches:
    """Stands for the consumer's thread: gives what the broker would hand over."""

    def __init__(self, *fetches: list[ConsumerRecord]) -> None:
        self._fetches = iter(fetches)

    async def getmany(self, active_partitions: object, timeout: float) -> dict[TP, list[ConsumerRecord]]:
        return {METRICS: next(self._fetches)}


@pytest.fixture
def consumer(engine: Engine) -> BatchConsumer:
    engine.batches.starts = {METRICS: 10}
    engine.batches._ends = {METRICS: 10}
    return engine.batches


def fetch(consumer: BatchConsumer, n: int) -> list[Batch]:
    async def each() -> list[Batch]:
        return [(await consumer._getmany({METRICS}, 0.0))[METRICS][0] for _ in range(n)]

    return asyncio.run(each())


def test_a_batch_begins_where_the_one_before_it_ended(consumer: BatchConsumer) -> None:
    consumer._thread = cast(Any, Fetches(records(12, 13), records(15)))
    assert [batch.start for batch in fetch(consumer, 2)] == [10, 14]


def test_offsets_without_records_are_passed_over(engine: Engine, consumer: BatchConsumer) -> None:
    consumer._thread = cast(Any, Fetches(records(12, 13), records(15)))
    for batch in fetch(consumer, 2):
        engine._expect(METRICS, batch.start)
        engine.checkpoint.progress[METRICS] = batch.records[-1].offset + 1


def test_a_batch_that_did_not_reach_the_agent_is_missed(engine: Engine, consumer: BatchConsumer) -> None:
    consumer._thread = cast(Any, Fetches(records(10, 11), records(12)))
    _, second = fetch(consumer, 2)
    with pytest.raises(GaveUpError, match="records are missing"):
        engine._expect(METRICS, second.start)


def test_a_batch_that_was_fetched_before_a_seek_is_recognised(engine: Engine, consumer: BatchConsumer) -> None:
    consumer._ends = {METRICS: 90}

    class Seeking(Fetches):
        async def getmany(self, active_partitions: object, timeout: float) -> dict[TP, list[ConsumerRecord]]:
            consumer._ends = {METRICS: 10}
            return await super().getmany(active_partitions, timeout)

    consumer._thread = cast(Any, Seeking(records(90)))
    (batch,) = fetch(consumer, 1)
    with pytest.raises(GaveUpError, match="records are missing"):
        engine._expect(METRICS, batch.start)


def test_what_retention_deleted_is_done_so_that_the_next_checkpoint_commits_it(engine: Engine) -> None:
    engine.on_expired(METRICS, 50, 80)
    assert engine.checkpoint.progress == {METRICS: 80}
