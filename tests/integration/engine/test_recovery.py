"""How state comes back from the changelog: a record batch at a time, and without idle waits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import CorruptRecordException
from faust.types import TP

from stream.worker.engine.app import Engine
from stream.worker.engine.reading.batch import FETCH_WAIT_MS, RECOVERY_WAIT_MS, BatchThread, ChangelogBatch
from stream.worker.engine.reading.unpacking import GATHERED_RECORDS, Unpacker
from stream.worker.engine.store import StateRecord
from tests.integration.engine.surviving import GaveUpError

CHANGELOG = TP("names-state-changelog", 0)


def batch(first: int, n: int) -> Any:
    """Stand for a record batch, which can be unpacked once."""
    return iter([StateRecord(0, b"%d" % at, b"value") for at in range(first, first + n)])


class OfOffset(list[StateRecord]):
    """A record batch that ends at an offset, like the client's own."""

    def __init__(self, records: Iterable[StateRecord], offset: int) -> None:
        super().__init__(records)
        self.offset = offset


def fetched(batches: list[Any]) -> ChangelogBatch:
    """Return record batches as the client's thread hands them over."""
    return ChangelogBatch(0, Unpacker().unpack(batches))


def test_small_record_batches_are_restored_together_in_their_order(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    restored: list[tuple[int, list[bytes]]] = []
    monkeypatch.setattr(
        engine.processor, "restore", lambda partition, found: restored.append((partition, [each.key for each in found]))
    )
    n, small = GATHERED_RECORDS, 3
    batches = [batch(0, n - 1), batch(n - 1, small), batch(n - 1 + small, 0), batch(n - 1 + small, small)]
    event: Any = SimpleNamespace(message=SimpleNamespace(partition=2), value=fetched(batches))
    engine.states.apply_changelog_batch([event])
    assert [(partition, len(keys)) for partition, keys in restored] == [(2, n - 1 + small), (2, small)]
    assert [key for _, keys in restored for key in keys] == [b"%d" % at for at in range(n - 1 + 2 * small)]


def test_the_next_records_are_unpacked_while_the_last_ones_are_restored(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = threading.Event()

    def second() -> Iterator[StateRecord]:
        unpacked.set()
        yield from batch(GATHERED_RECORDS, 1)

    def restore(partition: int, found: list[StateRecord]) -> None:
        assert unpacked.wait(10.0)

    monkeypatch.setattr(engine.processor, "restore", restore)
    batches: list[Any] = [batch(0, GATHERED_RECORDS), second()]
    event: Any = SimpleNamespace(message=SimpleNamespace(partition=0), value=fetched(batches))
    engine.states.apply_changelog_batch([event])


def test_a_failure_while_records_are_unpacked_ends_the_worker(engine: Engine) -> None:
    def damaged() -> Iterator[StateRecord]:
        yield from batch(0, 1)
        raise CorruptRecordException("Invalid CRC")

    event: Any = SimpleNamespace(message=SimpleNamespace(partition=0), value=fetched([damaged()]))
    with pytest.raises(GaveUpError, match=r"recovery failed.*Invalid CRC"):
        engine.states.apply_changelog_batch([event])


def test_batches_of_the_changelog_are_handed_over_in_groups(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    thread: BatchThread = engine.batches._batches
    monkeypatch.setattr(engine.batches, "_is_changelog_tp", lambda tp: tp == CHANGELOG)
    first, last = OfOffset(batch(0, 3), 10), OfOffset(batch(3, 2), 20)
    item = thread._as_item(CHANGELOG, cast(Any, [first, last]))
    assert isinstance(item, ChangelogBatch)
    assert list(item.groups) == [[*first, *last]]
    assert engine.batches._to_message(CHANGELOG, item).offset == 20


def test_a_fetch_of_messages_of_which_compaction_has_left_none_is_no_item(engine: Engine) -> None:
    assert engine.batches._batches._as_item(TP("metrics", 0), [batch(0, 0)]) is None


def test_fetches_wait_for_messages_only_once_the_state_is_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher = SimpleNamespace(_fetch_max_wait_ms=0)
    monkeypatch.setattr(engine.batches._batches, "_ensure_consumer", lambda: SimpleNamespace(_fetcher=fetcher))
    engine.batches.begin_recovery()
    assert fetcher._fetch_max_wait_ms == RECOVERY_WAIT_MS
    engine.batches.end_recovery()
    assert fetcher._fetch_max_wait_ms == FETCH_WAIT_MS
