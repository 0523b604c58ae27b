"""The records of a fetch: what aiokafka's own fetcher gives, but whole batches at a time."""

from __future__ import annotations

from itertools import chain
from typing import Any

import cramjam
import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from stream.kafka.topics.records import Records, fetch_whole_batches

FIRST, N_RECORDS = 100, 10
N_HEADER_BYTES = 61
TP = TopicPartition("metrics", 0)


@pytest.fixture(autouse=True)
def whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the fetcher's names for this test alone."""
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    monkeypatch.setattr(fetcher.PartitionRecords, "_consumer_record", fetcher.PartitionRecords._consumer_record)
    fetch_whole_batches()


def batch(first: int, n: int, *, name: bytes = b"trace", codec: int = 0) -> bytes:
    """Write a record batch as a broker keeps it; header names are put in as they are."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for at in range(n):
        builder.append(at, 1_700_000_000_000 + at, b"cpu", b"%d" % at, [("trace", b"x")])
    written = bytearray(builder.build())
    written[:8] = first.to_bytes(8, "big")
    return bytes(written).replace(b"trace", name)


def fetched(data: bytes, start: int, *, check_crcs: bool = True) -> Any:
    """Read the record batches of a fetch from an offset on, as aiokafka's fetcher does."""
    records = fetcher.MemoryRecords(data)
    assert records.has_next()
    return fetcher.PartitionRecords(TP, records, None, start, None, None, check_crcs, fetcher.READ_COMMITTED)


def read(data: bytes, start: int, *, check_crcs: bool = True) -> tuple[Records, Any]:
    """Read the records of a fetch."""
    partition = fetched(data, start, check_crcs=check_crcs)
    return list(chain.from_iterable(partition)), partition


@pytest.mark.parametrize("codec", [0, 4], ids=["plain", "zstd"])
def test_every_record_is_given_as_it_was_written(codec: int) -> None:
    records, partition = read(batch(FIRST, N_RECORDS, codec=codec) + batch(FIRST + N_RECORDS, 1, codec=codec), FIRST)
    assert [record.offset for record in records] == list(range(FIRST, FIRST + N_RECORDS + 1))
    assert [record.value for record in records[:3]] == [b"0", b"1", b"2"]
    assert {record.key for record in records} == {b"cpu"}
    assert list(records[0].headers) == [("trace", b"x")]
    assert partition.next_fetch_offset == FIRST + N_RECORDS + 1


def test_records_before_the_offset_that_was_asked_for_are_left_out() -> None:
    records, _ = read(batch(FIRST, N_RECORDS), FIRST + 7)
    assert [record.offset for record in records] == [FIRST + 7, FIRST + 8, FIRST + 9]


def test_a_batch_that_lies_wholly_before_the_offset_is_left_out() -> None:
    records, _ = read(batch(FIRST, N_RECORDS) + batch(FIRST + N_RECORDS, 2), FIRST + N_RECORDS)
    assert [record.offset for record in records] == [FIRST + N_RECORDS, FIRST + N_RECORDS + 1]


def test_a_batch_is_unpacked_when_it_is_iterated_over_and_its_offset_is_known_before() -> None:
    written = bytearray(batch(FIRST, N_RECORDS, codec=4))
    written[-8:] = bytes(8)
    (found,) = fetched(bytes(written), FIRST, check_crcs=False)
    assert found.offset == FIRST + N_RECORDS - 1
    with pytest.raises(cramjam.DecompressionError):
        list(found)


def test_a_batch_that_compaction_has_emptied_has_an_offset_and_no_records() -> None:
    written = bytearray(batch(FIRST, N_RECORDS)[:N_HEADER_BYTES])
    written[8:12] = (N_HEADER_BYTES - 12).to_bytes(4, "big")
    written[-4:] = bytes(4)
    (found,) = fetched(bytes(written), FIRST, check_crcs=False)
    assert found.offset == FIRST + N_RECORDS - 1
    assert list(found) == []


def test_a_header_name_that_is_no_utf8_is_read_with_surrogates() -> None:
    records, _ = read(batch(FIRST, 2, name=b"tra\xffe"), FIRST, check_crcs=False)
    assert [name for name, _ in records[1].headers] == ["tra\udcffe"]
