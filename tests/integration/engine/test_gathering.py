"""How soon the next fetch is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

from stream.worker.engine.app import Engine
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.engine.reading.consumer import GATHER_S, MANY_RECORDS

METRICS = TP("metrics", 0)


@pytest.mark.parametrize(
    ("n_records", "expected"),
    [(MANY_RECORDS, []), (MANY_RECORDS + 1, [GATHER_S])],
    ids=["points that come one by one", "many at once"],
)
def test_the_next_fetch_waits_for_more_where_many_points_come_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, n_records: int, expected: list[float]
) -> None:
    records: list[Any] = [
        ConsumerRecord("metrics", 0, at, 0, 0, b"cpu", b"{}", None, 0, 0, ()) for at in range(n_records)
    ]
    slept: list[float] = []

    async def fetched(_: Consumer, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        yield METRICS, SimpleNamespace(value=FetchedBatch(0, records))

    async def note(seconds: float) -> None:
        slept.append(seconds)

    async def fetch_twice() -> None:
        for _ in range(2):
            assert [tp async for tp, _ in engine.batches.getmany(1.0)] == [METRICS]

    monkeypatch.setattr(Consumer, "getmany", fetched)
    monkeypatch.setattr(asyncio, "sleep", note)
    asyncio.run(fetch_twice())
    assert slept == expected
