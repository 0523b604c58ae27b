"""Messages to points by series: each message for itself, and nothing lost without a reason."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from stream.formats.points import Decoder
from stream.formats.rejections import Reason
from stream.ingest.batch_reader import POINTS_PER_MESSAGE, IngestBatch
from stream.ingest.samples.series_names import FORGET_AFTER_S, WINDOW_S, NewSeriesLimit, SeriesNames
from tests.unit.ingest.intake import Intake, T, make_intake

GOOD = b'{"fields":{"load1":2.5},"name":"system","tags":{"host":"a"},"timestamp":1795466329}'


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
