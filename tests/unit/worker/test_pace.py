"""The pace: chunks of about the same time, whatever a record costs."""

from __future__ import annotations

import pytest

from stream.worker.engine.pace import CHUNK_S, FEW_RECORDS, LONGEST_S, MAX_RECORDS, Pace


def settled(record_s: float, call_s: float = 0.0) -> int:
    """Give the records of a chunk where a call costs so much, and each record in it."""
    pace = Pace()
    for _ in range(30):
        pace.took(pace.n_records, call_s + pace.n_records * record_s)
    return pace.n_records


@pytest.mark.parametrize("record_s", [5e-4, 1e-4, 2e-5])
def test_chunks_settle_at_the_wanted_time(record_s: float) -> None:
    assert settled(record_s) * record_s == pytest.approx(CHUNK_S, rel=0.1)


def test_cheap_records_come_in_the_largest_chunks() -> None:
    assert settled(1e-7) == MAX_RECORDS


def test_a_few_records_stay_together_until_they_take_too_long() -> None:
    assert settled(2e-3) == FEW_RECORDS
    assert settled(2e-2) * 2e-2 == pytest.approx(LONGEST_S, rel=0.1)


def test_a_call_that_is_slow_by_itself_is_not_made_for_every_single_record() -> None:
    assert settled(1e-5, call_s=0.2) == FEW_RECORDS


def test_messages_that_each_take_longer_than_a_chunk_come_one_by_one() -> None:
    pace = Pace()
    assert pace.n_records == 1
    pace.took(FEW_RECORDS, 60.0)
    assert pace.n_records == 1


def test_a_chunk_that_the_end_of_its_batch_cut_short_does_not_slow_the_next() -> None:
    pace = Pace()
    for n_records in (1, 2, 4, 8, 16, 32, 64, 128):
        pace.took(n_records, 1e-3)
    pace.took(1, 1e-3)
    assert pace.n_records == 256
