"""The backlog: what a fetch brought of several partitions, chunk by chunk."""

from __future__ import annotations

from faust.types import TP

from stream.worker.engine.reading.backlog import Backlog
from stream.worker.engine.reading.batch import FetchedBatch
from stream.worker.engine.reading.chunker import RECORD_BYTES, AdaptiveChunker
from tests.unit.worker.scoring import point

ONE, TWO, THREE = (TP("metrics", partition) for partition in range(3))


def fetched() -> dict[TP, FetchedBatch]:
    """Return 5, 1 and 3 records of three partitions."""
    return {
        tp: FetchedBatch(first, [point(first + at, at, 1.0) for at in range(n)])
        for tp, first, n in ((ONE, 10, 5), (TWO, 0, 1), (THREE, 70, 3))
    }


def chunker_of(n_records: int) -> AdaptiveChunker:
    """Return a chunker that cuts off so many records."""
    chunker = AdaptiveChunker()
    chunker.n_bytes = n_records * (RECORD_BYTES + len(point(0, 0, 1.0).value or b""))
    return chunker


def test_a_small_fetch_is_one_chunk_of_all_partitions() -> None:
    backlog = Backlog(fetched())
    chunk = backlog.take(chunker_of(100))
    assert chunk == [(tp, batch.records) for tp, batch in fetched().items()]
    assert not backlog


def test_chunks_hold_every_record_once_in_the_order_of_its_partition() -> None:
    backlog, taken = Backlog(fetched()), []
    while backlog:
        chunk = backlog.take(chunker_of(2))
        assert sum(len(records) for _, records in chunk) in (1, 2)
        taken += [(tp, record.offset) for tp, records in chunk for record in records]
    assert taken == [(tp, record.offset) for tp, batch in fetched().items() for record in batch.records]


def test_each_partition_goes_on_behind_what_was_taken() -> None:
    backlog = Backlog(fetched())
    assert dict(backlog.next_offsets()) == {ONE: 10, TWO: 0, THREE: 70}
    backlog.take(chunker_of(3))
    assert dict(backlog.next_offsets()) == {ONE: 13, TWO: 0, THREE: 70}
    backlog.take(chunker_of(4))
    assert dict(backlog.next_offsets()) == {THREE: 71}
