"""What the consumer tells of its place in the group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, InconsistentGroupProtocolError, KafkaError
from faust.types import TP

from stream.worker.engine.app import Engine
from stream.worker.engine.group import refusal
from stream.worker.engine.reading.membership import Membership

READ, NEW = TP("metrics", 0), TP("metrics", 1)


def test_the_lag_counts_from_the_start_where_nothing_is_committed_and_leaves_out_what_is_not_known(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = engine.batches
    consumer.starts = {READ: 30, NEW: 0}
    monkeypatch.setattr(consumer, "assignment", lambda: {READ, NEW})
    monkeypatch.setattr(consumer, "highwater", {READ: 50, NEW: None}.get)
    assert consumer.lag({}) == {READ: 20}
    assert consumer.lag({READ: 70, NEW: 5}) == {READ: 40, NEW: 5}


def test_the_fence_asks_the_coordinator_before_anything_was_committed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[TP, int]] = []

    async def refuse(offsets: Mapping[TP, int]) -> bool:
        asked.append(offsets)
        return False

    consumer = engine.batches
    consumer.starts, consumer.positions = {READ: 30, NEW: 0}, {READ: 45}
    known = SimpleNamespace(generation=lambda: engine.consumer_generation_id)
    monkeypatch.setattr(consumer, "membership", lambda: known)
    monkeypatch.setattr(consumer, "_commit", refuse)
    assert not asyncio.run(consumer.still_a_member())
    assert asked == [{READ: 45, NEW: 0}]


@pytest.mark.parametrize(
    ("error", "exit_code"), [(InconsistentGroupProtocolError(), 6), (GroupAuthorizationFailedError("gauge"), 4)]
)
def test_a_group_that_is_closed_to_us_has_a_sentence_and_a_code(error: KafkaError, exit_code: int) -> None:
    refused = refusal(error, "gauge")
    assert refused is not None
    assert refused.exit_code == exit_code
    assert "group gauge" in str(refused)


def test_an_error_that_another_start_may_mend_is_no_refusal() -> None:
    assert refusal(KafkaError("the coordinator moves"), "gauge") is None


@pytest.mark.parametrize("client", [None, SimpleNamespace(_coordinator=None)], ids=["no client", "new client"])
def test_a_client_that_has_not_begun_to_join_has_no_error_and_lacks_no_coordinator(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, client: object
) -> None:
    monkeypatch.setattr(engine.batches, "_kafka", lambda: client)
    assert engine.batches.membership().error() is None
    assert engine.batches.membership().failure() is None
    assert not engine.batches.membership().is_without_coordinator()


def test_a_membership_task_that_ended_is_a_failure_and_one_that_was_closed_is_none() -> None:
    async def fail() -> None:
        raise AssertionError("Did we not perform bootstrap?")

    async def look() -> list[BaseException | None]:
        found = []
        for routine in (fail(), asyncio.sleep(0), asyncio.sleep(60)):
            task = asyncio.ensure_future(routine)
            await asyncio.wait([task], timeout=0.01)
            found.append(Membership(SimpleNamespace(_coordination_task=task), asyncio.get_running_loop()).failure())
            task.cancel()
        return found

    failed, closed, running = asyncio.run(look())
    assert isinstance(failed, AssertionError)
    assert (closed, running) == (None, None)
