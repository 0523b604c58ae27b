"""Messages to points by series: each message for itself, and nothing lost without a reason."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from stream.events.dead_letter import SourcePartition
from stream.formats.points import Decoder
from stream.formats.rejections import Reason
from stream.ingest.batch import POINTS_PER_MESSAGE, IngestBatch
from stream.ingest.batch_reader import BatchReader
from stream.ingest.formats import AUTO, READERS
from stream.ingest.samples.new_series import FORGET_AFTER_S, WINDOW_S, NewSeriesLimit
from stream.ingest.samples.series_names import SeriesNames
from stream.ingest.source_message import SourceMessage
from stream.ingest.sources import Source, Sources
from stream.ingest.topic_formats import TopicFormats
from tests.unit.ingest.captures import FORMATS, captured

T = 1_795_466_329_000
GOOD = b'{"fields":{"load1":2.5},"name":"system","tags":{"host":"a"},"timestamp":1795466329}'


class Message(NamedTuple):
    """A message of a topic, as a consumer gives it."""

    value: bytes | None
    timestamp: int = T
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Intake:
    """What ingest does with messages of the topic telegraf between reading and writing them."""

    def __init__(self, source: Source, names: SeriesNames) -> None:
        self._formats = TopicFormats(Sources([source]))
        self._batch_reader = BatchReader(self._formats, names, NewSeriesLimit(1000, 0.0), future_tolerance_s=60)

    def read(self, *values: bytes | None, now_ms: int = T) -> IngestBatch:
        messages = [SourceMessage(SourcePartition("telegraf", 0), T, Message(value)) for value in values]
        for topic, found in self._formats.recognise(messages).items():
            self._formats.fix(topic, found)
        batch = IngestBatch()
        self._batch_reader.read(messages, batch, now_ms, 0.0)
        return batch


def make_intake(format_name: str = AUTO, names: SeriesNames | None = None) -> Intake:
    return Intake(Source("*", format_name), names or SeriesNames())


def read(intake: Intake, *values: bytes | None) -> IngestBatch:
    return intake.read(*values)


def reasons(batch: IngestBatch) -> list[Reason]:
    return [bad.reason for _, bad in batch.refused]


def test_the_format_is_found_from_the_first_messages_and_said_once() -> None:
    intake = make_intake()
    with capture_logs() as logs:
        assert read(intake, GOOD).points == {'system_load1{host="a"}': [(T, 2.5)]}
        assert reasons(read(intake, b'{"host":"a","ts":1795466329,"cpu":1}', GOOD)) == [Reason.FORMAT_MISMATCH]
    assert [(line["event"], line["format"]) for line in logs] == [("format found", "telegraf-json")]


def test_a_single_strange_message_does_not_decide_the_format() -> None:
    strange = b'{"cpu": 1}'
    batch = read(make_intake(), strange, GOOD, GOOD)
    assert reasons(batch) == [Reason.FORMAT_MISMATCH]
    assert batch.n_points == 2


def test_a_format_that_was_chosen_wins_over_what_the_messages_look_like() -> None:
    points = read(make_intake("json"), GOOD).points
    assert points == {'load1{host="a",name="system"}': [(T, 2.5)]}


def test_what_is_of_no_format_is_put_aside_until_a_message_is_read() -> None:
    intake = make_intake()
    assert reasons(read(intake, b"\x00\x01")) == [Reason.FORMAT_UNKNOWN]
    assert reasons(read(intake, None, GOOD)) == [Reason.NULL_VALUE]


def test_a_number_that_cannot_be_scored_costs_only_itself() -> None:
    batch = read(make_intake(), b'{"fields":{"a":1e19,"b":1},"name":"n","timestamp":1795466329}')
    assert batch.points == {"n_b": [(T, 1.0)]}
    assert reasons(batch) == [Reason.VALUE_TOO_LARGE]


@pytest.mark.parametrize(("timestamp", "reason"), [(1795469999, "timestamp_future"), (5, "timestamp_absurd")])
def test_a_time_that_a_worker_would_refuse_is_put_aside_here(timestamp: int, reason: str) -> None:
    batch = read(make_intake("telegraf-json"), b'{"fields":{"a":1},"name":"n","timestamp":%d}' % timestamp, GOOD)
    assert batch.n_points == 1
    assert reasons(batch) == [reason]


def test_dropped_labels_are_no_part_of_a_name() -> None:
    value = b'{"fields":{"a":1},"name":"n","tags":{"pod":"x-1","app":"x","empty":""},"timestamp":1795466329}'
    assert read(make_intake(names=SeriesNames(drop_labels=("pod",))), value).points.keys() == {'n_a{app="x"}'}


def test_a_label_s_text_cannot_end_its_quotes() -> None:
    value = json.dumps({"fields": {"a": 1}, "name": "n", "tags": {"l": 'a"b\\c\nd'}, "timestamp": 1795466329})
    assert read(make_intake(), value.encode()).points.keys() == {r'n_a{l="a\"b\\c\nd"}'}


def test_a_name_that_no_worker_would_take_is_put_aside() -> None:
    value = b'{"fields":{"a":1},"name":"n","tags":{"l":"%s"},"timestamp":1795466329}' % (b"x" * 1024)
    assert reasons(read(make_intake(), value, GOOD)) == [Reason.SERIES_TOO_LONG]


def test_new_series_above_the_limit_are_left_out_and_known_ones_are_not() -> None:
    limit = NewSeriesLimit(2, 0.0)
    assert [limit.admits(series, 0.0) for series in "abcab"] == [True, True, False, True, True]
    assert limit.n_refused == 1
    assert limit.admits("c", WINDOW_S)


def test_a_series_that_was_forgotten_counts_as_new() -> None:
    limit = NewSeriesLimit(1, 0.0)
    assert limit.admits("a", 0.0)
    assert limit.admits("b", FORGET_AFTER_S)
    assert limit.admits("a", FORGET_AFTER_S), "seen within the hour before"
    assert limit.admits("c", 2 * FORGET_AFTER_S)
    assert not limit.admits("d", 2 * FORGET_AFTER_S)


def test_the_messages_of_a_batch_are_read_by_a_worker_s_decoder_in_the_order_of_time() -> None:
    batch = IngestBatch()
    batch.points["a"] = [(T - i, float(i)) for i in range(POINTS_PER_MESSAGE + 1)]
    batch.points["b"] = [(T, 1.0)]
    decoder = Decoder(future_tolerance_s=0)
    found = [(series, decoder.decode(series.encode(), value, T)) for series, value in batch.messages()]
    assert [(series, len(points.values)) for series, points in found] == [("a", POINTS_PER_MESSAGE), ("a", 1), ("b", 1)]
    assert found[0][1].timestamps_ms + found[1][1].timestamps_ms == sorted(T - i for i in range(POINTS_PER_MESSAGE + 1))


SAMPLES = {FORMATS[name]: [message.value for message in captured(name)[:8]] for name in FORMATS} | {
    "graphite": [b"host-7.cpu-0.percent-idle 97.5 1795466329\r\n"],
    "collectd-command": [b'PUTVAL "host-7/cpu-0/percent-idle" interval=1.000 1795466329.000:97.5\n'],
    "statsd": [b"hits:2|c|@0.5|#a:b\nlatency:10|ms\n"],
    "vector": [b'{"name":"n","kind":"absolute","timestamp":"2026-11-23T20:38:49Z","counter":{"value":1.5}}'],
}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Take a message of some format, and cut, repeat, overwrite or insert some of its bytes."""
    format_name = draw(st.sampled_from(sorted(SAMPLES)))
    value = bytearray(draw(st.sampled_from(SAMPLES[format_name])))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(value)))
        end = draw(st.integers(start, min(len(value), start + 30)))
        value[start:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(value[start:end]) * 2), NASTY))
    return format_name, bytes(value)


NASTY = st.sampled_from(
    [b"NaN", b"1e999", b"-1", b"null", b"[", b"{", b'"', b"\\", b"\n", b"9" * 400, b"\xff", b":", b"}"]
)


@given(st.one_of(damaged(), st.tuples(st.sampled_from(sorted(READERS)), st.binary(max_size=200))))
def test_a_damaged_message_ends_nothing_and_harms_no_neighbour(message: tuple[str, bytes]) -> None:
    format_name, value = message
    good = SAMPLES.get(format_name, [GOOD])[0]
    alone = read(make_intake(format_name), good)
    batch = make_intake(format_name).read(good, value, good, now_ms=T + 60_000)
    for series, points in alone.points.items():
        assert batch.points[series].count(points[0]) >= 2
    decoder = Decoder(future_tolerance_s=60)
    for series, encoded in batch.messages():
        decoder.decode(series.encode(), encoded, T + 60_000)
