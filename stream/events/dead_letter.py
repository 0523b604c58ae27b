"""Dead letter of a rejected message: content, reason, origin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stream.events.refusal import CUT, ORIGINAL, Headers, Place, Refusal
from stream.formats.received_message import ReceivedMessage
from stream.formats.rejections import BadMessageError, Reason

OVERHEAD_BYTES = 1_024
"""More than Kafka adds to a message that is a batch of its own."""

HEADER_OVERHEAD_BYTES = 10
"""The most that Kafka adds to a header: two lengths."""


class SourcePartition(NamedTuple):
    """The partition that messages are read from."""

    topic: str
    partition: int


class DeadLetter(NamedTuple):
    """Key, value and headers of a dead letter."""

    key: bytes | None
    value: bytes | None
    headers: Headers


def check_headers(headers: Sequence[tuple[str, bytes]]) -> None:
    """Reject messages with header names that are not UTF-8.

    Raises
    ------
    BadMessageError
    """
    for name, _ in headers:
        if _escaped(name) != name:
            raise BadMessageError(
                Reason.HEADER_NOT_UTF8, f"header name {_escaped(name)!r}: expected UTF-8; look at who sets it"
            )


def dead_letter(bad: BadMessageError, source: SourcePartition, received: ReceivedMessage, max_bytes: int) -> DeadLetter:
    """Make the dead letter of a refused message.

    The headers received come first, then those of `Refusal`. Kafka limits a message by its compressed size, so what was
    received may be larger than what can be sent. It is cut then: first the value, then all headers are left out, then
    the key is cut; `streamgauge.cut` names what was, and `streamgauge.original` has the bytes of key and value and the
    number of headers as received.

    Parameters
    ----------
    bad : BadMessageError
    source : SourcePartition
    received : ReceivedMessage
    max_bytes : int
        What the dead-letter topic accepts.
    """
    headers = [(_escaped(name), value) for name, value in received.headers or ()]
    place = Place(*source, received.offset)
    ours = Refusal(bad.reason, bad.detail, place, received.timestamp).headers()
    # No client sends a message of neither key nor value.
    value = b"" if received.key is None and received.value is None else received.value
    letter = DeadLetter(received.key, value, headers)
    room = max_bytes - OVERHEAD_BYTES - _size(ours)
    if _size(headers) + len(letter.key or b"") + len(letter.value or b"") > room:
        letter = _cut(letter, room)
    return letter._replace(headers=letter.headers + ours)


def _cut(letter: DeadLetter, room: int) -> DeadLetter:
    key, value, headers = letter.key or b"", letter.value or b"", letter.headers
    kept_headers = headers if _size(headers) + len(key) <= room else []
    kept_key = key if len(key) <= room else key[: room // 2]
    kept_value = value[: max(0, room - len(kept_key) - _size(kept_headers) - 2 * OVERHEAD_BYTES)]
    pairs = [("value", value, kept_value), ("headers", headers, kept_headers), ("key", key, kept_key)]
    note = [
        (CUT, ", ".join(name for name, before, after in pairs if len(before) > len(after)).encode()),
        (ORIGINAL, b"key=%d value=%d headers=%d" % (len(key), len(value), len(headers))),
    ]
    return DeadLetter(
        kept_key if letter.key is not None else None,
        kept_value if letter.value is not None else None,
        kept_headers + note,
    )


def _size(headers: Headers) -> int:
    return sum(HEADER_OVERHEAD_BYTES + len(name.encode()) + len(value or b"") for name, value in headers)


def _escaped(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
