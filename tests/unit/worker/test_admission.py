"""The newcomers: told of once a minute while there is no room, and before that when there is little left."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from stream.kafka.topics.records import Records
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.staleness import StalenessConfig
from tests.unit.worker.scoring import NOW_MS, Sink, make_scorer, point

MINUTE_MS = 60_000


class Clock:
    """The worker's clock, moved by hand."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def crowd(first: int, n: int, at: int = 0) -> Records:
    return [point(at * 1000 + which, at, 1.0, f"series-{which}") for which in range(first, first + n)]


def test_waiting_is_told_at_once_and_then_once_a_minute() -> None:
    clock = Clock()
    processor, metrics = make_scorer(max_keys=5, clock_ms=clock)
    with capture_logs() as lines:
        for at in range(4):
            processor.apply({0: crowd(0, 8, at)}, Sink())
            clock.now_ms += MINUTE_MS // 2
    told = [line for line in lines if line["event"] == "series wait for room"]
    assert [(line["n_waiting"], line["n_series"], line["max_keys"]) for line in told] == [(3, 5, 5), (3, 5, 5)]
    assert metrics.waiting._value.get() == 4 * 3
    gauges = [metrics.registry.get_sample_value(f"streamgauge_series{name}") for name in ("", "_limit", "_waiting")]
    assert gauges == [5, 5, 3]


def test_a_warning_comes_before_the_cap_is_reached() -> None:
    processor, _ = make_scorer(max_keys=10)
    with capture_logs() as lines:
        processor.apply({0: crowd(0, 8)}, Sink())
        assert lines == []
        processor.apply({0: crowd(0, 9, 1)}, Sink())
        processor.apply({0: crowd(0, 10, 2)}, Sink())
    assert [line["event"] for line in lines] == ["nearly at the cap of series"]


def test_no_more_are_forgotten_than_wait_and_the_idlest_first() -> None:
    clock = Clock()
    processor, metrics = make_scorer(max_keys=5, clock_ms=clock)
    for at in range(400):
        series = ("a", "b", *(["idler"] if at < 10 else []), *(["idle"] if at < 20 else []))
        processor.apply({0: [point(at, at, 1.0, name) for name in series]}, Sink())
        clock.now_ms += 1_000
    processor.apply({0: [point(500 + n, 400, 1.0, name) for n, name in enumerate(("c", "d"))]}, Sink())
    assert metrics.evicted._value.get() == 1
    assert {record.key for record in processor.keys.snapshot() if record.value is None} == {b"idler"}


@pytest.mark.parametrize(("n_minutes", "forgotten"), [(90, 0), (130, 1)])
def test_only_who_has_been_idle_for_a_hundred_of_its_intervals_makes_room(n_minutes: int, forgotten: int) -> None:
    clock = Clock()
    processor, metrics = make_scorer(
        max_keys=4, clock_ms=clock, staleness_config=StalenessConfig(silent_after=0, limit=0)
    )
    for at in range(10 + n_minutes):
        series = ("a", "b", "c", "idle") if at < 10 else ("a", "b", "c")
        processor.apply({0: [point(at, at, 1.0, name) for name in series]}, Sink())
        clock.now_ms += 1_000
    processor.apply({0: [point(500, 10 + n_minutes, 1.0, "new")]}, Sink())
    assert metrics.evicted._value.get() == forgotten
    (slot,) = processor.keys.find(0, [b"new"])
    assert (slot == NO_SLOT) is not bool(forgotten)


def test_who_sends_in_the_same_call_keeps_its_place() -> None:
    clock = Clock()
    processor, metrics = make_scorer(max_keys=4, clock_ms=clock)
    for at in range(400):
        series = ("a", "b", *(["idler", "idle"] if at < 10 else []))
        processor.apply({0: [point(at, at, 1.0, name) for name in series]}, Sink())
        clock.now_ms += 1_000
    processor.apply({0: [point(500, 400, 1.0, "idler")], 1: [point(0, 400, 1.0, "new")]}, Sink())
    assert metrics.evicted._value.get() == 1
    assert {record.key for record in processor.keys.snapshot() if record.value is None} == {b"idle"}
