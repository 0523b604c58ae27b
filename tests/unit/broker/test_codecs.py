"""Every codec of Kafka, as kafka-python reads it: the client of all commands but worker and ingest."""

from __future__ import annotations

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record import MemoryRecords

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
"""As the attributes of a record batch number them."""

VALUES = [b'{"series":"cpu","timestamp":1764000000000,"value":%d}' % n for n in range(40_000)]
"""More than a block of any codec holds."""


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_another_client_compressed_is_read(codec: str) -> None:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000_000,
    )
    for at, value in enumerate(VALUES):
        builder.append(at, 1_764_000_000_000, b"cpu", value, [])
    batch = MemoryRecords(bytes(builder.build())).next_batch()
    assert batch.compression_type == CODECS[codec]
    assert [record.value for record in batch] == VALUES
