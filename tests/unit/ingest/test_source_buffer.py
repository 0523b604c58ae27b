"""What is gathered before it is written, how much of it, and what may be committed meanwhile."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.events.dead_letter import SourcePartition
from stream.ingest import source_buffer
from stream.ingest.source_buffer import (
    MAX_BYTES,
    MAX_MESSAGES,
    MAX_WAITING_BYTES,
    PATIENCE_S,
    SourceBuffer,
    SourceMessage,
    portions,
)
from tests.unit.ingest.intake import Message

MEGABYTE = bytes(1 << 20)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


def message(partition: int, offset: int, timestamp_ms: int, value: bytes = b"{}") -> SourceMessage:
    return SourceMessage(SourcePartition("t", partition), timestamp_ms, Message(value, timestamp_ms, offset))


def offsets(messages: list[SourceMessage]) -> list[tuple[int, int]]:
    return [(each.source.partition, each.record.offset) for each in messages]


def is_open(buffer: SourceBuffer[int]) -> bool:
    """Check whether more may be added, without waiting for it."""

    async def ask() -> bool:
        waiting = asyncio.ensure_future(buffer.room())
        await asyncio.sleep(0)
        return waiting.done() or waiting.cancel() is None

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "enough",
    [[message(0, i, i) for i in range(MAX_MESSAGES)], [message(0, i, i, MEGABYTE) for i in range(17)]],
    ids=["messages", "bytes"],
)
def test_the_agent_waits_while_there_is_enough_to_write_and_goes_on_when_that_is_taken(
    enough: list[SourceMessage],
) -> None:
    buffer: SourceBuffer[int] = SourceBuffer()
    buffer.add(0, enough[:1])
    assert is_open(buffer)
    buffer.add(0, enough[1:])
    assert not is_open(buffer)
    asyncio.run(asyncio.wait_for(buffer.gathered(), 0.1))
    assert len(buffer.take([])) == len(enough)
    assert is_open(buffer)


def test_a_rebalance_forgets_what_waits_and_lets_the_agent_go_on() -> None:
    buffer: SourceBuffer[int] = SourceBuffer()
    buffer.add(0, [message(0, i, i) for i in range(MAX_MESSAGES)])
    buffer.drop()
    assert is_open(buffer)
    assert buffer.take([]) == []


def test_a_partition_that_gives_nothing_holds_the_others_up_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(source_buffer, "time", clock)
    buffer: SourceBuffer[int] = SourceBuffer()
    buffer.add(0, [message(0, 7, 1)])
    assert buffer.take(behind=[1]) == []
    clock.now_s = PATIENCE_S + 0.1
    assert offsets(buffer.take(behind=[1])) == [(0, 7)]


def test_order_gives_way_to_memory() -> None:
    buffer: SourceBuffer[int] = SourceBuffer()
    ahead = [message(0, i, 100 + i, MEGABYTE) for i in range(MAX_WAITING_BYTES // len(MEGABYTE) + 1)]
    buffer.add(0, ahead)
    buffer.add(1, [message(1, 0, 1), message(1, 1, 2)])
    assert offsets(buffer.take(behind=[1])) == [(1, 0), (1, 1), *offsets(ahead)]


def test_what_waits_is_not_committed_and_what_holds_no_message_is() -> None:
    buffer: SourceBuffer[int] = SourceBuffer()
    buffer.add(0, [message(0, 3, 1), message(0, 4, 9)])
    buffer.add(1, [message(1, 8, 5)])
    assert offsets(buffer.take(behind=[1])) == [(0, 3), (1, 8)]
    assert buffer.next_offsets({0: 5, 1: 12, 2: 40}) == {0: 4, 1: 12, 2: 40}


class Received(NamedTuple):
    """Messages of a partition as they came, and of which others more are expected meanwhile."""

    partition: int
    timestamps_ms: list[int]
    behind: list[int]


@given(
    st.lists(
        st.builds(
            Received,
            partition=st.integers(0, 2),
            timestamps_ms=st.lists(st.integers(0, 50)),
            behind=st.lists(st.integers(0, 2)),
        )
    )
)
def test_everything_before_a_committed_offset_was_taken_whatever_the_order_of_the_timestamps(
    arrivals: list[Received],
) -> None:
    buffer: SourceBuffer[int] = SourceBuffer()
    received: dict[int, int] = {}
    taken: set[tuple[int, int]] = set()
    for arrival in arrivals:
        start = received.get(arrival.partition, 0)
        messages = [message(arrival.partition, start + i, each) for i, each in enumerate(arrival.timestamps_ms)]
        buffer.add(arrival.partition, messages)
        received[arrival.partition] = start + len(messages)
        taken |= set(offsets(buffer.take(arrival.behind)))
        committed = buffer.next_offsets(received)
        assert {(partition, offset) for partition, end in committed.items() for offset in range(end)} <= taken
    taken |= set(offsets(buffer.take([])))
    assert taken == {(partition, offset) for partition, end in received.items() for offset in range(end)}


def test_portions_hold_everything_in_its_order_and_none_is_too_large() -> None:
    small = [message(0, i, i) for i in range(MAX_MESSAGES + 5)]
    large = [message(0, i, i, MEGABYTE) for i in range(40)]
    for messages in (small, large):
        parts = list(portions(messages))
        assert [each for part in parts for each in part] == messages
        assert len(parts) > 1
        assert all(sum(len(each.value or b"") for each in part[:-1]) <= MAX_BYTES for part in parts)
