"""Messages of all partitions in the order of their timestamps, also while one is far behind."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from stream.ingest.merging import MAX_WAITING, Merging


class Message(NamedTuple):
    timestamp_ms: int


def times(messages: list[Message]) -> list[int]:
    return [message.timestamp_ms for message in messages]


def test_a_partition_that_is_ahead_waits_for_one_that_is_behind() -> None:
    merging: Merging[int, Message] = Merging()
    merging.add(0, [Message(1), Message(5), Message(9)])
    assert merging.take(behind=[1]) == []
    merging.add(1, [Message(2), Message(6)])
    assert times(merging.take(behind=[1])) == [1, 2, 5, 6]
    assert times(merging.take(behind=[])) == [9]
    assert merging.is_empty()


def test_it_is_full_when_enough_of_one_partition_waits() -> None:
    merging: Merging[int, Message] = Merging()
    merging.add(0, [Message(i) for i in range(MAX_WAITING - 1)])
    merging.add(1, [Message(1)])
    assert not merging.is_full()
    merging.add(0, [Message(1)])
    assert merging.is_full()
    merging.drop()
    assert merging.is_empty()


@given(st.lists(st.lists(st.integers(0, 100)), min_size=1, max_size=4))
def test_everything_is_given_exactly_once_whatever_the_order_of_the_timestamps(partitions: list[list[int]]) -> None:
    merging: Merging[int, Message] = Merging()
    for number, found in enumerate(partitions):
        merging.add(number, map(Message, found))
    first = times(merging.take([number for number, found in enumerate(partitions) if found]))
    rest = times(merging.take([]))
    assert first == sorted(first)
    assert rest == sorted(rest)
    assert sorted(first + rest) == sorted(timestamp for found in partitions for timestamp in found)
    assert merging.is_empty()
