"""The pace: chunks of about the same time, whatever a record costs."""

from __future__ import annotations

import pytest

from stream.worker.engine.pace import CHUNK_S, FIRST_RECORDS, MAX_RECORDS, Pace


@pytest.mark.parametrize("record_s", [1e-3, 1e-4, 2e-5])
def test_chunks_settle_at_the_wanted_time(record_s: float) -> None:
    pace = Pace()
    for _ in range(20):
        pace.took(pace.n_records, pace.n_records * record_s)
    assert pace.n_records * record_s == pytest.approx(CHUNK_S, rel=0.1)


def test_cheap_records_come_in_the_largest_chunks() -> None:
    pace = Pace()
    for _ in range(20):
        pace.took(pace.n_records, pace.n_records * 1e-7)
    assert pace.n_records == MAX_RECORDS


def test_messages_that_each_take_longer_than_a_chunk_come_one_by_one() -> None:
    pace = Pace()
    pace.took(FIRST_RECORDS, 60.0)
    assert pace.n_records == 1


def test_a_chunk_that_the_end_of_its_batch_cut_short_does_not_slow_the_next() -> None:
    pace = Pace()
    pace.took(1, 1e-3)
    assert pace.n_records == FIRST_RECORDS
