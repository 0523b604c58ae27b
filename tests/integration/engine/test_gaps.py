"""Offsets that are not there: no loss where the broker left them out, a loss where a batch went astray."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import ConsumerRecord
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP

from stream.worker.engine.app import Engine
from stream.worker.engine.reading.batch import BatchThread, FetchedBatch
from tests.integration.engine.surviving import GaveUpError

METRICS = TP("metrics", 0)


def records(*offsets: int) -> list[ConsumerRecord]:
    return [ConsumerRecord("metrics", 0, offset, 0, 0, b"cpu", b"{}", None, 0, 0, ()) for offset in offsets]


@pytest.fixture
def thread(engine: Engine) -> BatchThread:
    """Return the client's thread, not started, as if the next batch were to begin at 10."""
    engine.batches.starts = {METRICS: 10}
    thread = engine.batches._batches
    thread._ends = {METRICS: 10}
    return thread


def test_a_batch_begins_where_the_one_before_it_ended(thread: BatchThread) -> None:
    batches = [thread._as_batch(METRICS, fetched) for fetched in (records(12, 13), records(15))]
    assert [batch.start for batch in batches] == [10, 14]


def test_offsets_without_records_are_passed_over(engine: Engine, thread: BatchThread) -> None:
    for fetched in (records(12, 13), records(15)):
        engine._check_continuity(METRICS, thread._as_batch(METRICS, fetched))
        engine.progress[METRICS] = fetched[-1].offset + 1


def test_a_batch_that_did_not_reach_the_agent_is_missed(engine: Engine, thread: BatchThread) -> None:
    thread._as_batch(METRICS, records(10, 11))
    second = thread._as_batch(METRICS, records(12))
    with pytest.raises(GaveUpError, match="records are missing"):
        engine._check_continuity(METRICS, second)


def test_a_batch_that_was_fetched_before_a_seek_is_recognised(engine: Engine, thread: BatchThread) -> None:
    thread._ends = {METRICS: 90}
    batch = thread._as_batch(METRICS, records(90))
    thread._ends = {METRICS: 10}
    with pytest.raises(GaveUpError, match="records are missing"):
        engine._check_continuity(METRICS, batch)


def test_a_partition_that_was_moved_back_is_not_moved_forward_to_a_batch_put_back(
    thread: BatchThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []

    async def note(tp: TP, offset: int) -> None:
        moved.append(offset)

    monkeypatch.setattr(thread, "_seek", note)
    asyncio.run(thread._seek_back(METRICS, 50))
    asyncio.run(thread._seek_back(METRICS, 10))
    assert moved == [10]


@pytest.mark.parametrize(
    ("end", "expected"),
    [(10, 20), (8, 20), (12, 10)],
    ids=["all applied", "an earlier gap passed over", "a batch on its way"],
)
def test_what_holds_no_record_is_passed_over_once_all_before_it_is_applied(
    engine: Engine, thread: BatchThread, monkeypatch: pytest.MonkeyPatch, end: int, expected: int
) -> None:
    async def passed_over() -> dict[TP, tuple[int, int]]:
        return {METRICS: (end, 20), TP("metrics", 1): (0, 5)}

    monkeypatch.setattr(thread, "passed_over", passed_over)
    engine.progress[METRICS] = 10
    asyncio.run(engine._pass_over_gaps())
    assert engine.progress == {METRICS: expected}


def test_what_retention_deleted_is_done_so_that_the_next_checkpoint_commits_it(engine: Engine) -> None:
    engine.on_expired(METRICS, 50, 80)
    assert engine.progress == {METRICS: 80}


def test_a_batch_from_before_a_seek_is_stale_and_one_from_after_it_is_not(
    thread: BatchThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Client:
        def assignment(self) -> set[TP]:
            return {METRICS}

        def seek(self, tp: TP, offset: int) -> None:
            assert (tp, offset) == (METRICS, 10)

    monkeypatch.setattr(thread, "_ensure_consumer", Client)
    before = thread._as_batch(METRICS, records(10, 11))
    assert not thread.is_stale(METRICS, before)
    asyncio.run(thread._seek(METRICS, 10))
    assert thread.is_stale(METRICS, before)
    assert not thread.is_stale(METRICS, thread._as_batch(METRICS, records(10, 11)))


def test_a_batch_that_a_seek_overtook_is_given_back_and_those_before_it_are_not_stale(
    thread: BatchThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[tuple[TP, int]] = []
    client = SimpleNamespace(assignment=lambda: {METRICS}, seek=lambda tp, offset: sought.append((tp, offset)))

    async def overtaken(self: AIOKafkaConsumerThread, *_: object) -> dict[TP, list[SimpleNamespace]]:
        await thread._seek(METRICS, 10)
        before.append(thread._as_batch(METRICS, records(10, 11)))
        return {METRICS: [SimpleNamespace(first=12, offset=19), SimpleNamespace(first=20, offset=29)]}

    before: list[FetchedBatch] = []
    monkeypatch.setattr(AIOKafkaConsumerThread, "_fetch_records", overtaken)
    monkeypatch.setattr(thread, "_ensure_consumer", lambda: client)
    assert asyncio.run(thread._fetch_records()) == {}
    assert sought == [(METRICS, 10), (METRICS, 12)]
    assert not thread.is_stale(METRICS, before[0])
    assert thread._as_batch(METRICS, records(12)).start == 12
