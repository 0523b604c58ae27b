"""Seeks at a rebalance: a record that was fetched before one, and reached nobody, is fetched again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka import ConsumerRecord
from faust.types import TP

from stream.worker.engine.reading.source import ClientThread, SourceConsumer, SourceTransport

ROUTED = TP("routed", 0)
AFTER_MARKER = 6
"""The five records were written in a transaction, whose end is a record that no client gets."""


def record(offset: int) -> ConsumerRecord:
    return ConsumerRecord("routed", 0, offset, 0, 0, b"web", b"{}", None, 0, 0, ())


class Client:
    """Has one partition of five records, fetched as a rebalance ends.

    Parameters
    ----------
    position : int
        Where the partition stands.
    committed : int or None
        Where its group has committed.
    """

    _max_poll_records = 100
    _closed = False

    def __init__(self, position: int, committed: int | None) -> None:
        self.position, self.committed = position, committed
        self.in_flight = asyncio.Event()
        self._fetcher = SimpleNamespace(
            _closed=False,
            _subscriptions=SimpleNamespace(fetch_context=self._fetch_context),
            fetched_records=self.fetched_records,
        )

    @contextmanager
    def _fetch_context(self) -> Iterator[None]:
        yield

    async def fetched_records(self, *_: Any, **__: Any) -> dict[TP, list[ConsumerRecord]]:
        await self.in_flight.wait()
        fetched = [record(offset) for offset in range(self.position, 5)]
        self.position = AFTER_MARKER
        return {ROUTED: fetched} if fetched else {}

    async def seek_to_committed(self) -> dict[TP, int | None]:
        if self.committed:  # As aiokafka does it: without one the partition stays where it is.
            self.position = self.committed
        return {ROUTED: self.committed}

    async def beginning_offsets(self, partitions: Any) -> dict[TP, int]:
        return dict.fromkeys(partitions, 0)

    def seek(self, _tp: TP, offset: int) -> None:
        self.position = offset

    def assignment(self) -> set[TP]:
        return {ROUTED}


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceConsumer]:
    """Give a consumer whose calls into the client's thread run at once."""

    async def call_thread(self: ClientThread, call: Any, *args: Any, **options: Any) -> Any:
        return await call(*args, **options)

    monkeypatch.setattr(ClientThread, "call_thread", call_thread)

    async def ignore(*_: Any) -> None:
        """Do nothing with a message, or partitions."""

    loop = asyncio.new_event_loop()  # Mode would make one, and never close it.
    asyncio.set_event_loop(loop)
    app = faust.App("seeking", broker="kafka://127.0.0.1:1")
    consumer = SourceConsumer(
        SourceTransport(app.conf.broker_consumer, app),
        callback=ignore,
        on_partitions_revoked=ignore,
        on_partitions_assigned=ignore,
    )
    consumer.resume_flow()
    yield consumer
    loop.close()


def with_client(consumer: SourceConsumer, client: Client) -> ClientThread:
    thread = consumer._new_consumer_thread()
    thread._consumer = cast(Any, client)
    consumer._thread = thread
    return thread


@pytest.mark.parametrize(("committed", "expected"), [(None, 0), (0, 0), (3, 3)])
def test_a_partition_begins_where_its_group_committed_or_at_its_first_record(
    consumer: SourceConsumer, committed: int | None, expected: int
) -> None:
    async def seek() -> int:
        client = Client(position=5, committed=committed)
        with_client(consumer, client)
        await consumer.perform_seek()
        return client.position

    assert asyncio.run(seek()) == expected
    assert consumer.starts == {ROUTED: expected}


@pytest.mark.parametrize("committed", [None, 2])
def test_a_fetch_that_ends_after_a_seek_is_fetched_again(consumer: SourceConsumer, committed: int | None) -> None:
    async def offsets() -> tuple[Any, list[int]]:
        client = Client(position=5, committed=committed)
        thread = with_client(consumer, client)
        early = asyncio.create_task(thread.getmany({ROUTED}, timeout=1.0))
        await asyncio.sleep(0)
        await consumer.perform_seek()
        client.in_flight.set()
        lost = await early
        again = await thread.getmany({ROUTED}, timeout=1.0)
        return lost, [each.offset for each in again[ROUTED]]

    lost, again = asyncio.run(offsets())
    assert lost == {}
    assert again == list(range(committed or 0, 5))
