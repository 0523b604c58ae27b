"""A checkpoint beside the points that are scored in the meantime."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn

import pytest
from faust.types import TP

from stream.worker.engine import checkpoint as under_test
from stream.worker.engine.checkpoint import Checkpoint, Topics
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import KeyedRecord
from stream.worker.engine.store import StateRecord
from stream.worker.engine.waits import Waits
from tests.integration.engine.nothing import Nothing

METRICS = TP("metrics", 0)


class Counter(Nothing):
    """A store that counts what is applied, and the member of the group that owns it."""

    def __init__(self) -> None:
        self.positions: dict[TP, int] = {}
        self.starts = {METRICS: 0}
        self.replayed_to: dict[TP, int] = {}
        self.n_applied = 0

    def snapshot(self) -> list[StateRecord]:
        return [StateRecord(0, b"cpu", b"%d" % self.n_applied)]

    async def still_a_member(self) -> bool:
        return True

    async def deliver(self, deliveries: object) -> None: ...


class Slow(Checkpoint):
    """A checkpoint whose records are acknowledged when the test says so."""

    def __init__(self, counter: Counter) -> None:
        self.may_end = asyncio.Event()
        parts: Any = {"store": counter, "outbox": Outbox(), "member": counter, "producer": lambda: counter}
        super().__init__(
            1.0, 1.0, progress={}, **parts, topics=Topics("changelog", None), waits=Waits(), give_up=give_up
        )
        self.values: list[bytes | memoryview | None] = []
        self._counter = counter

    def apply(self) -> None:
        """Apply a message, as the agent does: state and position in one turn of the loop."""
        self._counter.n_applied += 1
        self.progress[METRICS] = self._counter.n_applied

    async def _try(self, records: Sequence[KeyedRecord]) -> Sequence[KeyedRecord]:
        self.values += [record.value for record in records]
        await self.may_end.wait()
        return []


def give_up(why: str, **facts: Any) -> NoReturn:
    raise AssertionError(why, facts)


def run(scenario: Callable[[Slow, Counter], Awaitable[None]]) -> None:
    """Begin a checkpoint after one message, and go on with it in progress."""

    async def begun() -> None:
        counter = Counter()
        checkpoint = Slow(counter)
        checkpoint.apply()
        in_progress = asyncio.create_task(checkpoint.run())
        while not checkpoint.values:
            await asyncio.sleep(0)
        await scenario(checkpoint, counter)
        checkpoint.may_end.set()
        await in_progress

    asyncio.run(begun())


def test_what_is_applied_beside_a_checkpoint_is_part_of_the_next_one() -> None:
    async def scenario(checkpoint: Slow, counter: Counter) -> None:
        checkpoint.apply()
        await checkpoint.keep_pace()
        checkpoint.apply()
        second = asyncio.create_task(checkpoint.run())
        await asyncio.sleep(0)
        assert checkpoint.values == [b"1"]
        assert counter.positions == {}
        checkpoint.may_end.set()
        await second
        assert checkpoint.values == [b"1", b"3"]
        assert counter.positions == {METRICS: 3}
        assert not checkpoint.is_needed()

    run(scenario)


def test_positions_are_those_of_the_state_that_was_written() -> None:
    async def scenario(checkpoint: Slow, counter: Counter) -> None:
        checkpoint.apply()
        checkpoint.may_end.set()
        while not counter.positions:
            await asyncio.sleep(0)
        assert counter.positions == {METRICS: 1}
        assert checkpoint.is_needed()

    run(scenario)


def test_a_checkpoint_that_takes_long_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(checkpoint: Slow, counter: Counter) -> None:
        await asyncio.wait_for(checkpoint.keep_pace(), 1.0)
        monkeypatch.setattr(under_test, "LONGEST_BESIDE_S", 0.0)
        waiting = asyncio.create_task(checkpoint.keep_pace())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        checkpoint.may_end.set()
        await waiting
        assert counter.positions == {METRICS: 1}

    run(scenario)


def test_rules_change_only_after_a_checkpoint_in_progress_has_ended() -> None:
    async def scenario(checkpoint: Slow, counter: Counter) -> None:
        checkpoint.apply()
        change = asyncio.create_task(checkpoint.change_rules(lambda: True))
        await asyncio.sleep(0.01)
        assert checkpoint.values == [b"1"]
        checkpoint.may_end.set()
        await change
        assert checkpoint.values == [b"1", b"2"]
        assert counter.positions == {METRICS: 2}

    run(scenario)
