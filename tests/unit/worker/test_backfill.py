"""History: it is learned, its episodes page nobody, and its silences are none."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from aiokafka import ConsumerRecord

from stream.events.schemas import schema
from stream.formats.page_from import page_from_header
from stream.kafka.topics.records import Records
from stream.worker.keys.staleness import StalenessConfig
from stream.worker.processor import PartitionProcessor
from tests.unit.worker.scoring import (
    JUMP_AT,
    NOW_MS,
    START_MS,
    STEP_MS,
    Sink,
    applied,
    features,
    jump,
    make_scorer,
    point,
    restarted,
    two_features,
)
from tests.unit.worker.test_processor_windows import make_windowed

ALL_OF_IT = NOW_MS
BACKFILL = "anomalies.backfill"


def as_history(records: Records, page_from_ms: int = ALL_OF_IT) -> Records:
    """Mark messages as `streamgauge backfill` does."""
    return [
        ConsumerRecord("metrics", 0, each.offset, NOW_MS, 0, each.key, each.value, None, 0, 0, (header,))
        for each in records
        for header in [page_from_header(page_from_ms)]
    ]


def in_chunks(processor: PartitionProcessor, records: Records, size: int) -> Sink:
    sink = Sink()
    for at in range(0, len(records), size):
        processor.apply({0: records[at : at + size]}, sink)
    return sink


def at(minute: int) -> int:
    return START_MS + minute * STEP_MS


def lasting_jump(n: int = 40) -> Records:
    """A quiet series that jumps and stays there, ever higher."""
    return jump()[:JUMP_AT] + [point(JUMP_AT + k, JUMP_AT + k, 500.0 * 1.5**k) for k in range(n)]


def test_an_episode_of_history_goes_to_the_backfill_topic_alone() -> None:
    processor, metrics = make_scorer()
    sink = applied(processor, as_history(jump()))
    assert sink.episodes() == []
    assert [event["state"] for event in sink.events(BACKFILL)] == ["open", "close"]
    assert all(event["flags"] == ["backfill"] for event in sink.events(BACKFILL))
    assert metrics.suppressed.labels("backfill")._value.get() == 1
    assert metrics.episodes.labels("open", "critical")._value.get() == 0


def test_history_is_scored_and_learned_as_if_it_were_live() -> None:
    live, _ = make_scorer()
    backfilled, _ = make_scorer()
    assert applied(live, jump()).scores() == applied(backfilled, as_history(jump())).scores()
    later = [point(1000 + k, 400 + k, 100.0 + k % 5) for k in range(20)]
    assert applied(live, later).scores() == applied(backfilled, later).scores()


def test_the_next_fault_after_history_pages() -> None:
    processor, _ = make_scorer()
    applied(processor, as_history(jump()[:JUMP_AT]))
    opened, closed = applied(processor, jump()[JUMP_AT:]).episodes()
    assert (opened["state"], closed["state"], opened["flags"]) == ("open", "close", [])


def test_points_of_history_page_from_the_time_in_the_header_on() -> None:
    processor, _ = make_scorer()
    sink = applied(processor, as_history(jump(), page_from_ms=at(JUMP_AT)))
    assert [event["state"] for event in sink.episodes()] == ["open", "close"]
    assert sink.events(BACKFILL) == []


def test_an_episode_that_history_leaves_open_opens_at_the_first_live_point() -> None:
    processor, _ = make_scorer()
    records = lasting_jump()
    n = JUMP_AT + 5
    withheld = applied(processor, as_history(records[:n]))
    sink = applied(processor, records[n:])
    opened, *others = sink.episodes()
    assert withheld.episodes() == sink.events(BACKFILL) == []
    assert (opened["state"], opened["start"], opened["timestamp"]) == ("open", at(JUMP_AT), at(n))
    assert opened["episode"] == withheld.events(BACKFILL)[0]["episode"]
    assert {event["state"] for event in others} <= {"update", "close"}
    assert all(event["flags"] == ["backfill"] for event in sink.episodes())


def test_an_episode_that_was_published_before_history_came_gets_its_close() -> None:
    processor, _ = make_scorer()
    records = jump()
    opened = applied(processor, records[: JUMP_AT + 2]).episodes()
    closed = applied(processor, as_history(records[JUMP_AT + 2 :])).episodes()
    assert [event["state"] for event in opened + closed] == ["open", "close"]


def test_a_relapse_in_history_of_a_published_episode_is_withheld() -> None:
    processor, _ = make_scorer()
    n = JUMP_AT + 30
    before = jump()[:n]
    after = [point(n + k, n + k, 5000.0 if k < 3 else 100.0 + k % 5) for k in range(60)]
    assert [event["state"] for event in applied(processor, before).episodes()] == ["open", "close"]
    sink = applied(processor, as_history(after))
    assert sink.episodes() == []
    assert {event["state"] for event in sink.events(BACKFILL)} >= {"close"}


def test_a_relapse_that_history_leaves_open_is_published_at_the_first_live_point() -> None:
    processor, _ = make_scorer()
    n = JUMP_AT + 30
    applied(processor, jump()[:n])
    relapse = [point(n + k, n + k, 5000.0 * 1.5**k) for k in range(8)]
    assert applied(processor, as_history(relapse[:4])).episodes() == []
    event = applied(processor, relapse[4:]).episodes()[0]
    assert (event["state"], event["timestamp"]) in {("open", at(n + 4)), ("update", at(n + 4))}


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_withheld_does_not_depend_on_batches_nor_on_a_restart(size: int) -> None:
    n = JUMP_AT + 5
    records = as_history(lasting_jump()[:n]) + lasting_jump()[n:]
    whole = applied(make_scorer()[0], records)
    processor, sink = make_scorer()[0], Sink()
    for start in range(0, len(records), size):
        processor = restarted(processor, make_scorer()[0])
        processor.apply({0: records[start : start + size]}, sink)
    assert sink.episodes() == whole.episodes()
    assert sink.events(BACKFILL) == whole.events(BACKFILL)
    assert len(whole.events(BACKFILL)) >= 1
    assert len(whole.episodes()) >= 1


def test_history_of_a_feature_and_of_a_window_pages_nobody_either() -> None:
    for processor in (make_scorer()[0], make_windowed()):
        sink = applied(processor, as_history(two_features()))
        assert sink.episodes() == []
        assert [event["state"] for event in sink.events(BACKFILL)] == ["open", "close"]
        for event in sink.events(BACKFILL):
            jsonschema.validate(event, schema("episode"))


def test_a_window_that_history_leaves_anomalous_opens_with_the_first_live_window() -> None:
    processor = make_windowed()
    n = JUMP_AT + 10
    applied(processor, as_history(two_features()[:n]))
    sink = applied(processor, [features(k, 10.0 + k % 4, 500.0) for k in range(n, n + 20)])
    assert (sink.episodes()[0]["state"], sink.episodes()[0]["start"]) == ("open", at(n - 1))


def test_a_header_that_is_no_time_makes_a_dead_letter() -> None:
    processor, _ = make_scorer()
    for n, header in enumerate([b"yesterday", b"-5", b"", b"1" * 16]):
        bad = ConsumerRecord(
            *("metrics", 0, n, NOW_MS, 0, b"cpu", b"{}", None, 0, 0), (("streamgauge-page-from", header),)
        )
        (letter,) = applied(processor, [bad]).messages
        assert dict(letter.headers)["streamgauge.reason"] == b"page_from_unreadable"


def minutes(series: str, first: int, n: int) -> Records:
    return [point(first + k, first + k, 100.0 + k % 5, series) for k in range(n)]


def silences(sink: Sink) -> list[tuple[str, str]]:
    return [(event["state"], event["series"]) for event in sink.episodes() if event["state"] in ("silent", "back")]


class Clock:
    """A worker's clock, ten minutes on at each look."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        self.now_ms += 10 * 60_000
        return self.now_ms


def listening() -> PartitionProcessor:
    return make_scorer(staleness_config=StalenessConfig(silent_after=5, limit=10), clock_ms=Clock())[0]


def looked(processor: PartitionProcessor, records: Records) -> list[tuple[str, str]]:
    """Return the silences that are told after records, once they are durable."""
    sink = applied(processor, records)
    for _ in range(3):
        processor.snapshot()
        processor.apply({0: []}, sink)
    return silences(sink)


def test_a_series_whose_history_ends_is_not_silent_while_others_go_on() -> None:
    processor = listening()
    assert looked(processor, as_history(minutes("old", 0, 100))) == []
    for name in ("a", "b", "c"):
        assert looked(processor, minutes(name, 0, 300)) == []


def test_the_history_of_others_makes_no_live_series_silent() -> None:
    processor = listening()
    for name in ("a", "b", "c"):
        applied(processor, minutes(name, 0, 100))
    for name in ("d", "e", "f", "g"):
        assert looked(processor, as_history(minutes(name, 0, 300))) == []


def columns(offset: int, series: str, first: int, n: int, sent_ms: int) -> ConsumerRecord:
    """One message of many points."""
    body: dict[str, Any] = {"series": series, "points": [[at(first + k), 100.0 + k % 5] for k in range(n)]}
    value = json.dumps(body).encode()
    return ConsumerRecord("metrics", 0, offset, sent_ms, 0, series.encode(), value, None, 0, 0, ())


def test_after_one_message_of_history_and_a_live_point_a_series_is_missed_as_soon_as_any_other() -> None:
    for message in as_history([columns(0, "stops", 0, 100, NOW_MS)])[0], columns(0, "stops", 0, 100, NOW_MS):
        processor = listening()
        applied(processor, [message, point(1, 100, 100.0, "stops")])
        for name in ("a", "b", "c"):
            applied(processor, minutes(name, 0, 101))
        told = [pair for name in ("a", "b", "c") for pair in looked(processor, minutes(name, 101, 19))]
        assert ("silent", "stops") in told


def test_a_live_sender_of_batches_is_waited_for_as_long_as_it_collects() -> None:
    processor = listening()
    applied(processor, [columns(0, "batches", 0, 100, at(99) + 500)])
    for name in ("a", "b", "c"):
        assert looked(processor, minutes(name, 0, 200)) == []
