"""What the log says of messages that are dead-lettered."""

from __future__ import annotations

from typing import Any

from aiokafka import ConsumerRecord
from structlog.testing import capture_logs

from stream.events.dead_letter import SourcePartition, dead_letter
from stream.events.dead_letter_log import DeadLetterLog
from stream.formats.rejections import BadMessageError, Reason
from stream.worker.engine.sending.producer import Message
from tests.unit.worker.scoring import applied, make_scorer, record

TELEGRAF = b'{"fields": {"load1": 2.5}, "name": "system", "tags": {"host": "host-7"}, "timestamp": 1795466329}'


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def refused(reason: Reason, offset: int, value: bytes = b"") -> tuple[BadMessageError, Message]:
    bad = BadMessageError(reason, "a detail")
    received = ConsumerRecord("metrics", 6, offset, 0, 0, b"cpu", value, None, 0, 0, ())
    return bad, Message("dlq", *dead_letter(bad, SourcePartition("metrics", 6), received, 10_000))


def lines_after(seconds: float, report: DeadLetterLog, clock: Clock) -> list[Any]:
    clock.now_s += seconds
    with capture_logs() as lines:
        report.report()
    return lines


def test_the_first_of_a_reason_is_logged_at_once_with_its_place_and_what_to_do() -> None:
    with capture_logs() as lines:
        DeadLetterLog().add([refused(Reason.MISSING_FIELD, at, TELEGRAF) for at in (10, 11)])
    (line,) = lines
    assert (line["log_level"], line["event"], line["reason"]) == ("warning", "message dead-lettered", "missing_field")
    assert line["example"] == "metrics/6@10"
    assert line["text"].startswith("looks like Telegraf JSON: ")


def test_after_a_minute_one_line_says_how_many_which_reasons_and_an_example() -> None:
    clock = Clock()
    report = DeadLetterLog(clock)
    report.add([refused(Reason.MISSING_FIELD, at, TELEGRAF) for at in range(10, 107)])
    report.add([refused(Reason.NULL_KEY, at) for at in range(3)])
    assert lines_after(59, report, clock) == []
    (line,) = lines_after(1, report, clock)
    assert (line["n"], line["seconds"]) == (100, 60)
    assert line["reasons"] == {"missing_field": 97, "null_key": 3}
    assert line["text"].startswith(
        "100 messages dead-lettered in 60 s; 97 % missing_field, e.g. metrics/6@10; looks like Telegraf JSON: "
    )


def test_nothing_is_logged_any_more_once_there_are_none() -> None:
    clock = Clock()
    report = DeadLetterLog(clock)
    report.add([refused(Reason.NOT_JSON, at) for at in range(5)])
    assert len(lines_after(60, report, clock)) == 1
    assert [lines_after(60, report, clock) for _ in range(3)] == [[], [], []]


def test_a_single_message_that_has_its_own_line_is_not_logged_twice() -> None:
    clock = Clock()
    report = DeadLetterLog(clock)
    report.add([refused(Reason.NOT_JSON, 1)])
    assert lines_after(60, report, clock) == []


def test_a_reason_that_comes_back_is_logged_within_a_minute() -> None:
    clock = Clock()
    report = DeadLetterLog(clock)
    report.add([refused(Reason.NOT_JSON, 1)])
    lines_after(3_600, report, clock)
    with capture_logs() as lines:
        report.add([refused(Reason.NOT_JSON, 2)])
    assert lines == []
    (line,) = lines_after(60, report, clock)
    assert (line["n"], line["example"]) == (1, "metrics/6@2")


def test_an_orderly_end_logs_what_has_not_been_logged() -> None:
    report = DeadLetterLog(Clock())
    report.add([refused(Reason.NOT_JSON, at) for at in range(2)])
    with capture_logs() as lines:
        report.report(at_once=True)
    assert [line["n"] for line in lines] == [2]


def test_the_scorer_logs_what_it_puts_aside() -> None:
    processor, _ = make_scorer()
    with capture_logs() as lines:
        applied(processor, [record(0, b"cpu", TELEGRAF), record(1, b"cpu", TELEGRAF)])
    assert [line["reason"] for line in lines if line["event"] == "message dead-lettered"] == ["missing_field"]
