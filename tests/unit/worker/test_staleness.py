"""The listener: silences by the time of the others, noted before they are told, few at a time."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.points.staleness import Staleness
from stream.detection.state.detector_state import DetectorState
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.staleness import LIMIT_MS, StalenessConfig, StalenessMonitor
from stream.worker.recovery import Recovery

START_S = 1_700_000_000
MINUTE_S = 60
SILENT_AFTER = 5
FUTURE_MS = 2_000_000_000_000


class Partition:
    """A partition whose keys speak once a minute, each as long as it is told to."""

    def __init__(self, n_keys: int, limit: int = 10, restored: list[StateRecord] | None = None) -> None:
        self.state = DetectorState(n_keys)
        self.keys = KeyTable(self.state, 1000)
        recovery = Recovery(self.keys, self.state, 1, 0, lambda _, key: pytest.fail(f"{key!r} is damaged"))
        recovery.restore(0, restored or [])
        self.staleness = StalenessMonitor(self.keys, self.state, 1, StalenessConfig(SILENT_AFTER, limit))
        self.names = [f"key-{n}".encode() for n in range(n_keys)]
        self.minute = 0
        self.looks = 0

    def speak(self, names: list[bytes], ahead_s: int = 0) -> None:
        """Let keys, known well and at all hours, send the point of this minute."""
        slots = self.keys.find(0, names)
        self.state.t[slots], self.state.interval_s[slots], self.state.profile[slots] = 100, MINUTE_S, 1
        self.state.timestamp_s[slots] = START_S + self.minute * MINUTE_S + ahead_s
        self.staleness.mark_seen(slots)

    def look(self, now_ms: int = FUTURE_MS) -> list[bytes]:
        """Look a second later, with a checkpoint in between; give the keys whose silence is told."""
        self.looks += 1
        told = self.staleness.check(0, now_ms + 1000 * self.looks)
        self.staleness.snapshotted()
        return [self.keys.name(slot) for slot in told]

    def run(self, n_minutes: int, speaking: list[bytes], now_ms: int = FUTURE_MS) -> list[tuple[int, bytes]]:
        """Let minutes pass in which these keys speak; give what is told, and in which minute."""
        told = []
        for _ in range(n_minutes):
            self.speak(speaking)
            told += [(self.minute, name) for name in self.look(now_ms)]
            self.minute += 1
        return told

    def silence(self, name: bytes) -> Staleness:
        return Staleness(self.state.silence[self.keys.find(0, [name])[0]])


def test_nobody_is_silent_while_all_speak() -> None:
    partition = Partition(4)
    assert partition.run(30, partition.names) == []


def test_a_key_that_stops_is_told_once_two_checkpoints_after_it_was_noted() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    assert partition.run(30, partition.names[1:]) == [(9 + SILENT_AFTER + 3, b"key-0")]
    assert partition.silence(b"key-0") == Staleness.NOTIFIED


def test_a_key_alone_in_its_partition_is_never_silent() -> None:
    partition = Partition(1)
    partition.run(10, partition.names)
    partition.minute += 1000
    assert partition.look() == []
    assert partition.silence(b"key-0") == Staleness.ACTIVE


def test_nobody_is_silent_where_all_have_stopped() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    partition.minute += 1000
    assert [partition.look() for _ in range(5)] == [[]] * 5


def test_one_clock_that_runs_ahead_makes_nobody_silent() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    partition.speak(partition.names[:1], ahead_s=86_400)
    assert partition.run(5, partition.names[1:]) == []
    assert partition.silence(b"key-1") == Staleness.ACTIVE


def test_clocks_ahead_of_the_worker_s_own_are_cut_to_it() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    partition.speak(partition.names[:2], ahead_s=86_400)
    now_ms = (START_S + 12 * MINUTE_S) * 1000
    assert partition.run(6, partition.names[2:], now_ms) == []
    assert partition.silence(b"key-2") == Staleness.ACTIVE


def test_a_key_far_behind_whose_points_come_is_not_silent() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    for _ in range(20):
        partition.run(1, partition.names[1:])
        partition.speak(partition.names[:1], ahead_s=-600_000)
    assert partition.silence(b"key-0") == Staleness.ACTIVE


def test_many_that_stop_at_once_are_told_up_to_the_limit_and_the_rest_counted() -> None:
    partition = Partition(40, limit=3)
    partition.run(10, partition.names)
    told = partition.run(15, partition.names[:10])
    assert len(told) == 3
    assert partition.staleness.n_suppressed == 27
    assert partition.staleness.n_others(0) == 27


def test_after_a_minute_silences_are_told_again() -> None:
    partition = Partition(5, limit=1)
    partition.run(10, partition.names)
    assert len(partition.run(15, partition.names[1:])) == 1
    assert len(partition.run(15, partition.names[2:], FUTURE_MS + LIMIT_MS)) == 1


def test_a_silence_is_noted_in_the_record_before_it_is_told() -> None:
    partition = Partition(4)
    partition.run(10, partition.names)
    partition.run(SILENT_AFTER + 1, partition.names[1:])
    assert partition.silence(b"key-0") == Staleness.PENDING
    written = {record.key for record in partition.keys.snapshot()}
    assert b"key-0" in written


def test_after_a_crash_a_silence_that_was_noted_is_told_and_one_that_was_told_is_not() -> None:
    for silence, told in ((Staleness.PENDING, [b"key-0"]), (Staleness.NOTIFIED, []), (Staleness.SUPPRESSED, [])):
        before = Partition(4)
        before.run(10, before.names)
        before.state.silence[before.keys.find(0, [b"key-0"])] = silence
        after = Partition(4, restored=list(before.keys.snapshot()))
        assert after.look() == told


def test_a_key_that_was_silent_when_a_worker_took_over_is_missed_after_its_patience() -> None:
    before = Partition(4)
    before.run(10, before.names)
    after = Partition(4, restored=list(before.keys.snapshot()))
    after.minute = 10
    assert after.run(4, after.names[1:]) == []
    assert [name for _, name in after.run(30, after.names[1:])] == [b"key-0"]


def test_waking_keys_leaves_their_records_as_they_are() -> None:
    before = Partition(4)
    before.run(10, before.names)
    written = list(before.keys.snapshot())
    after = Partition(4, restored=written)
    after.look()
    assert not after.keys.snapshot()
    after.keys.mark_changed(np.arange(4))
    assert sorted(after.keys.snapshot()) == sorted(written)
