from __future__ import annotations

import pytest
from aiokafka import ConsumerRecord

from stream.events.dead_letter import SourcePartition, check_headers, dead_letter
from stream.formats.rejections import BadMessageError, Reason

BAD = BadMessageError(Reason.NOT_JSON, "JSON is malformed: “a” (byte 0)")
WHY_AND_WHERE = [
    ("streamgauge.reason", b"not_json"),
    ("streamgauge.detail", "JSON is malformed: “a” (byte 0)".encode()),
    ("streamgauge.topic", b"metrics"),
    ("streamgauge.partition", b"3"),
    ("streamgauge.offset", b"1412"),
    ("streamgauge.timestamp", b"0"),
]
SOURCE = SourcePartition("metrics", 3)
LIMIT = 10_000


def received(
    key: bytes | None = b"cpu", value: bytes | None = b"a", headers: tuple[tuple[str, bytes], ...] = ()
) -> ConsumerRecord:
    return ConsumerRecord("metrics", 3, 1412, 0, 0, key, value, None, 0, 0, headers)


def size(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> int:
    return len(key or b"") + len(value or b"") + sum(10 + len(name.encode()) + len(text) for name, text in headers)


def test_a_dead_letter_says_why_and_where() -> None:
    assert dead_letter(BAD, SOURCE, received(), LIMIT) == (b"cpu", b"a", WHY_AND_WHERE)


def test_the_headers_received_come_first_and_are_not_changed() -> None:
    headers = (("traceparent", b"00-ab"), ("traceparent", b"\xff"), ("streamgauge.reason", b"null_key"))
    assert dead_letter(BAD, SOURCE, received(headers=headers), LIMIT).headers == [*headers, *WHY_AND_WHERE]


def test_a_message_of_neither_key_nor_value_gets_an_empty_value() -> None:
    assert dead_letter(BAD, SOURCE, received(None, None), LIMIT)[:2] == (None, b"")


@pytest.mark.parametrize(
    ("key", "value", "n_headers", "cut"),
    [
        (b"cpu", b"v" * 20_000, 3, b"value"),
        (b"cpu", b"v" * 2_000, 300, b"headers"),
        (b"cpu", b"v" * 20_000, 300, b"value, headers"),
        (b"k" * 20_000, None, 0, b"key"),
        (b"k" * 20_000, b"v" * 20_000, 300, b"value, headers, key"),
    ],
)
def test_what_does_not_fit_is_cut_to_fit_and_says_how_large_it_was(
    key: bytes, value: bytes | None, n_headers: int, cut: bytes
) -> None:
    letter = dead_letter(BAD, SOURCE, received(key, value, (("name", b"x" * 90),) * n_headers), LIMIT)
    found = dict(letter.headers)
    assert found["streamgauge.cut"] == cut
    assert found["streamgauge.original"] == b"key=%d value=%d headers=%d" % (len(key), len(value or b""), n_headers)
    assert LIMIT / 3 < size(*letter) < LIMIT or cut == b"headers"
    assert key.startswith(letter.key or b"none")
    assert letter.value is None if value is None else value.startswith(letter.value or b"none")


def test_a_header_name_that_is_no_utf8_is_refused_and_sent_on_escaped() -> None:
    headers = (("caf\udce9", b"x"), ("café", b"y"))
    with pytest.raises(BadMessageError, match=r"header name 'caf..xe9': expected UTF-8"):
        check_headers(headers)
    assert dead_letter(BAD, SOURCE, received(headers=headers), LIMIT).headers[:2] == [
        ("caf\\xe9", b"x"),
        ("café", b"y"),
    ]


def test_header_names_in_utf8_are_accepted() -> None:
    check_headers((("café", b"y"), ("", b"")))
