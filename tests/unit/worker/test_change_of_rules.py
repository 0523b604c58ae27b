"""The order in which a checkpoint puts changed rules into force."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set
from typing import Any, NoReturn

from faust.types import TP

from stream.worker.engine.checkpoint import Checkpoint, Topics
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import KeyedRecord
from stream.worker.engine.store import RuleChange, StateRecord
from stream.worker.engine.waits import Waits
from tests.integration.engine.nothing import Nothing

REPLAYING, NEW, FRESH = (TP("metrics", partition) for partition in range(3))


class Broker(Nothing):
    """Store, member of the group and changelog in one, which note what happens."""

    def __init__(self) -> None:
        self.positions: dict[TP, int] = {}
        self.starts = {REPLAYING: 10, NEW: 20, FRESH: 0}
        self.replayed_to = {REPLAYING: 15, NEW: 25}
        self.happened: list[tuple[str, object]] = []
        self.unknown: Set[int] = frozenset()

    def is_rule_set_known(self, partition: int) -> bool:
        return partition not in self.unknown

    def snapshot(self) -> list[StateRecord]:
        return [StateRecord(1, b"cpu", b"state")]

    def rule_change(self, offsets: Mapping[int, int]) -> RuleChange:
        self.happened.append(("change", dict(offsets)))
        records = [StateRecord(partition, b"rules", b"new") for partition in offsets]
        return RuleChange(records, lambda: self.happened.append(("adopt", None)))

    async def deliver(self, deliveries: object) -> None: ...

    async def still_a_member(self) -> bool:
        self.happened.append(("commit", dict(self.positions)))
        return True


class SlowBroker(Broker):
    """A broker that answers a commit only when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def still_a_member(self) -> bool:
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().still_a_member()


class Written(Checkpoint):
    """A checkpoint whose writes are acknowledged at once."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        parts: Any = {"progress": {}, "store": broker, "outbox": Outbox(), "member": broker, "producer": lambda: broker}
        super().__init__(1.0, 1.0, **parts, topics=Topics("changelog", None), waits=Waits(), give_up=give_up)

    async def _try(self, records: Sequence[KeyedRecord]) -> Sequence[KeyedRecord]:
        self._broker.happened.append(("write", [(record.partition, record.key) for record in records]))
        return []


def give_up(why: str, **facts: Any) -> NoReturn:
    raise AssertionError(why, facts)


def changed(progress: dict[TP, int], unknown: Set[int] = frozenset()) -> list[tuple[str, object]]:
    """Change the rules after these messages, and return what happened in its order."""
    broker = Broker()
    broker.unknown = unknown
    checkpoint = Written(broker)
    checkpoint.progress.update(progress)
    asyncio.run(checkpoint.change_rules(lambda: True))
    return broker.happened


def test_rules_are_written_behind_a_commit_of_what_was_applied_before_and_hold_when_that_is_done() -> None:
    happened = changed({REPLAYING: 15, NEW: 30, FRESH: 4})
    assert happened == [
        ("commit", {}),
        ("write", [(1, b"cpu")]),
        ("change", {0: 15, 1: 30, 2: 4}),
        ("commit", {REPLAYING: 15, NEW: 30, FRESH: 4}),
        ("write", [(0, b"rules"), (1, b"rules"), (2, b"rules")]),
        ("adopt", None),
    ]


def test_nothing_is_written_behind_a_drain_that_came_first() -> None:
    broker = SlowBroker()
    checkpoint = Written(broker)
    epoch = 0

    async def drain_while_a_change_waits() -> object:
        nonlocal epoch
        epoch += 1
        drain = asyncio.create_task(checkpoint.run())
        await broker.is_asked.wait()
        change = asyncio.create_task(checkpoint.change_rules(lambda: epoch == 0))
        await asyncio.sleep(0)
        broker.may_answer.set()
        await drain
        return await change

    assert asyncio.run(drain_while_a_change_waits()) is None
    assert broker.happened == [("commit", {}), ("write", [(1, b"cpu")])]


def test_a_partition_whose_messages_may_have_been_applied_before_keeps_its_rules() -> None:
    assert ("change", {1: 30, 2: 0}) in changed({REPLAYING: 14, NEW: 30})


def test_a_partition_of_a_version_that_kept_no_rules_takes_on_those_of_now() -> None:
    assert ("change", {0: 14, 1: 30, 2: 0}) in changed({REPLAYING: 14, NEW: 30}, unknown={0})
