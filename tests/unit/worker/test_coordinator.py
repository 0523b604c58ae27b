"""Committed offsets: what the client makes of a coordinator that cannot tell them yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.commit import OffsetFetchResponse_v1, OffsetFetchResponse_v3
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from stream.worker.engine.reading.coordinator import checked_coordinator

ONE = TopicPartition("metrics", 1)
COMMITTED = [("metrics", [(1, 42, "", 0)])]
LOADING, NOT_COORDINATOR, NOT_ALLOWED = 14, 16, 30
"""Error codes of Kafka's protocol."""


def client_of(answers: Iterator[Any]) -> Any:
    """Return a client whose broker gives these answers, one after the other."""
    client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")

    async def send(*_: Any, **__: Any) -> Any:
        return next(answers)

    async def coordinator_lookup(*_: Any) -> int:
        return 1

    async def ready(*_: Any, **__: Any) -> bool:
        return True

    client.send, client.coordinator_lookup, client.ready = send, coordinator_lookup, ready
    return client


def ask(*answers: Any) -> tuple[dict[TopicPartition, OffsetAndMetadata], int]:
    """Return the committed offsets, and how many answers were left."""

    async def committed() -> tuple[dict[TopicPartition, OffsetAndMetadata], int]:
        left = iter(answers)
        coordinator = checked_coordinator(client_of(left), SubscriptionState(), group_id="gauge", retry_backoff_ms=1)
        coordinator.coordinator_id = 1
        try:
            return await coordinator.fetch_committed_offsets([ONE]), len(list(left))
        finally:
            await coordinator.close()

    return asyncio.run(committed())


@pytest.mark.parametrize("error", [LOADING, NOT_COORDINATOR])
def test_a_coordinator_that_cannot_tell_the_offsets_yet_is_asked_again(error: int) -> None:
    offsets, n_left = ask(OffsetFetchResponse_v3(0, [], error), OffsetFetchResponse_v3(0, COMMITTED, 0))
    assert offsets == {ONE: OffsetAndMetadata(42, "")}
    assert n_left == 0


def test_a_group_that_has_committed_nothing_has_no_offset() -> None:
    assert ask(OffsetFetchResponse_v3(0, [("metrics", [(1, -1, "", 0)])], 0)) == ({}, 0)


def test_an_old_broker_that_gives_no_error_of_the_whole_answer_is_understood() -> None:
    assert ask(OffsetFetchResponse_v1(COMMITTED)) == ({ONE: OffsetAndMetadata(42, "")}, 0)


def test_a_group_that_we_have_no_right_to_is_an_error() -> None:
    with pytest.raises(GroupAuthorizationFailedError, match="gauge"):
        ask(OffsetFetchResponse_v3(0, [], NOT_ALLOWED))
