from __future__ import annotations

from stream.formats import BadMessageError, Reason, dead_letter_headers

BAD = BadMessageError(Reason.NOT_JSON, "JSON is malformed: “a” (byte 0)")


def test_a_dead_letter_says_why_and_where() -> None:
    assert dead_letter_headers(BAD, "metrics", 3, 1412, None) == [
        ("streamgauge.reason", b"not_json"),
        ("streamgauge.detail", "JSON is malformed: “a” (byte 0)".encode()),
        ("streamgauge.topic", b"metrics"),
        ("streamgauge.partition", b"3"),
        ("streamgauge.offset", b"1412"),
    ]


def test_the_original_headers_come_first_and_are_not_changed() -> None:
    original = [("traceparent", b"00-ab"), ("traceparent", b"\xff"), ("streamgauge.reason", b"null_key")]
    headers = dead_letter_headers(BAD, "metrics", 0, 0, original)
    assert headers[:3] == original
    assert len(headers) == 8
    assert len(original) == 3
