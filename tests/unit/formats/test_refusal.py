"""Why and where a message was dead-lettered, read back from the headers of its dead letter."""

from __future__ import annotations

import pytest
from aiokafka import ConsumerRecord

from stream.events.dead_letter import SourcePartition, dead_letter
from stream.events.refusal import Place, Refusal, received_headers
from stream.formats.rejections import BadMessageError, Reason

BAD = BadMessageError(Reason.NOT_JSON, "JSON is malformed (byte 0)")
PLACE = Place("metrics", 3, 1412)
SOURCE = SourcePartition("metrics", 3)
LIMIT = 10_000


def letter(
    value: bytes = b"a", headers: tuple[tuple[str, bytes], ...] = (), timestamp_ms: int = 7
) -> list[tuple[str, bytes]]:
    record = ConsumerRecord("metrics", 3, 1412, timestamp_ms, 0, b"cpu", value, None, 0, 0, headers)
    return dead_letter(BAD, SOURCE, record, LIMIT).headers


def test_a_dead_letter_says_again_why_where_and_when() -> None:
    assert Refusal.read(letter()) == Refusal("not_json", BAD.detail, PLACE, 7)


def test_what_was_cut_is_read_too() -> None:
    refusal = Refusal.read(letter(b"x" * 20_000))
    assert refusal is not None
    assert refusal.cut == "value"


def test_headers_that_a_sender_made_up_are_not_taken_for_ours() -> None:
    forged = (("streamgauge.reason", b"null_key"), ("streamgauge.offset", b"x"), ("streamgauge.timestamp", b"1"))
    headers = letter(headers=forged, timestamp_ms=-1)
    assert Refusal.read(headers) == Refusal("not_json", BAD.detail, PLACE, None)
    assert received_headers(headers) == list(forged)


def test_the_headers_received_are_given_back_without_ours_and_without_what_was_cut() -> None:
    assert received_headers(letter(headers=(("traceparent", b"00"),))) == [("traceparent", b"00")]
    assert received_headers(letter(b"x" * 20_000, (("traceparent", b"00"),))) == [("traceparent", b"00")]


@pytest.mark.parametrize("headers", [[], [("a", b"b")], [("streamgauge.reason", b"x")]])
def test_a_record_of_somebody_else_is_no_dead_letter(headers: list[tuple[str, bytes]]) -> None:
    assert Refusal.read(headers) is None


def test_a_place_is_read_as_it_is_written() -> None:
    assert Place.parse(str(PLACE)) == PLACE


@pytest.mark.parametrize("text", ["metrics", "metrics/3", "3@1412", "metrics/x@1", "a/b/3@1"])
def test_a_place_of_another_form_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="topic/partition@offset such as metrics/6@10"):
        Place.parse(text)


def test_what_a_stranger_wrote_is_safe_to_print_and_a_time_that_cannot_be_is_left_out() -> None:
    headers = [*letter()[:-1], ("streamgauge.timestamp", b"9" * 30)]
    headers[1] = ("streamgauge.detail", b"\x1b[2J\xff")
    refusal = Refusal.read(headers)
    assert refusal is not None
    assert (refusal.timestamp_ms, refusal.detail.isprintable()) == (None, True)
