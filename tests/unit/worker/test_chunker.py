"""The pace: chunks of about the same time, whatever a record costs."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from stream.worker.engine.reading.chunker import (
    CHUNK_S,
    FEW_BYTES,
    LONGEST_S,
    MAX_BYTES,
    MAX_RECORDS,
    RECORD_BYTES,
    AdaptiveChunker,
)


class Message(NamedTuple):
    """A message of so many bytes."""

    value: bytes | None


SMALL, LARGE = Message(b"x" * 60), Message(b"x" * 200_000)


def cost_bytes(message: Message) -> int:
    """Return the bytes that a message counts."""
    return RECORD_BYTES + len(message.value or b"")


def settled(byte_s: float, call_s: float = 0.0) -> int:
    """Return the bytes of a chunk where a call costs so much, and each byte in it."""
    chunker = AdaptiveChunker()
    for _ in range(30):
        chunk = chunker.chunk([SMALL] * MAX_RECORDS, 0)
        chunker.record(call_s + byte_s * sum(map(cost_bytes, chunk)))
    return sum(map(cost_bytes, chunker.chunk([SMALL] * MAX_RECORDS, 0)))


@pytest.mark.parametrize("byte_s", [3e-6, 1e-6, 2e-7])
def test_chunks_settle_at_the_wanted_time(byte_s: float) -> None:
    assert settled(byte_s) * byte_s == pytest.approx(CHUNK_S, rel=0.1)


def test_cheap_records_come_in_the_largest_chunks() -> None:
    assert settled(1e-9) == MAX_RECORDS * cost_bytes(SMALL)


def test_a_few_records_stay_together_until_they_take_too_long() -> None:
    assert settled(1e-5) == pytest.approx(FEW_BYTES, rel=0.1)
    assert settled(2e-4) * 2e-4 == pytest.approx(LONGEST_S, rel=0.1)


def test_a_call_that_is_slow_by_itself_is_not_made_for_every_single_record() -> None:
    assert settled(1e-7, call_s=0.2) == pytest.approx(FEW_BYTES, rel=0.1)


def test_messages_that_each_take_longer_than_a_chunk_come_one_by_one() -> None:
    chunker = AdaptiveChunker()
    chunker.chunk([LARGE], 0)
    chunker.record(60.0)
    assert chunker.chunk([LARGE] * 3, 0) == [LARGE]


def test_after_small_messages_those_of_many_points_come_by_their_bytes_and_not_by_their_number() -> None:
    chunker = AdaptiveChunker()
    for _ in range(20):
        chunk = chunker.chunk([SMALL] * MAX_RECORDS, 0)
        chunker.record(1e-8 * sum(map(cost_bytes, chunk)))
    assert len(chunker.chunk([LARGE] * 1000, 0)) == MAX_BYTES // cost_bytes(LARGE)


def test_a_message_without_a_value_is_a_record_too() -> None:
    assert len(AdaptiveChunker().chunk([Message(None)] * 5, 2)) == 3


def test_a_chunk_that_the_end_of_its_batch_cut_short_does_not_slow_the_next() -> None:
    chunker = AdaptiveChunker()
    for _ in range(4):
        chunker.chunk([SMALL] * MAX_RECORDS, 0)
        chunker.record(1e-5)
    before = chunker.n_bytes
    chunker.chunk([SMALL], 0)
    chunker.record(1e-5)
    assert chunker.n_bytes >= before
