"""The refusal: why a message was dead-lettered and where it was, as headers of its dead letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from stream.formats.limits import LATEST_MS
from stream.formats.rejections import excerpt

Headers = list[tuple[str, bytes]]

PREFIX: Final = "streamgauge."
REASON, DETAIL, TOPIC, PARTITION, OFFSET, TIMESTAMP, CUT, ORIGINAL = (
    PREFIX + name
    for name in ("reason", "detail", "topic", "partition", "offset", "timestamp", "cut", "original")
)  # fmt: skip

REPLAYED: Final = PREFIX + "replayed"
"""Header of a message that was published again: the place of its dead letter. On the dead-letter topic it is that of a
record that lists the dead letters that were, so that none is a second time."""

MAX_TEXT_LENGTH: Final = 255
"""Characters of a header that are read: the longest name of a topic has 249."""

_PLACE = re.compile(r"(?P<topic>[^/@]+)/(?P<partition>\d{1,9})@(?P<offset>\d{1,18})")


class Place(NamedTuple):
    """Where a message is, written as `metrics/6@10`: topic, partition and offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Write it."""
        return f"{self.topic}/{self.partition}@{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes.

        Raises
        ------
        ValueError
            If it is not of that form.
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError(f"expected topic/partition@offset such as metrics/6@10, found '{text}'")
        return cls(found["topic"], int(found["partition"]), int(found["offset"]))


class Refusal(NamedTuple):
    """Why and where."""

    reason: str
    """One of `Reason`, or of another version."""
    detail: str
    """One line."""
    place: Place
    """Where the message was."""
    timestamp_ms: int | None = None
    """Its time; None where it had none, or the dead letter was written by a version before 0.2.0."""
    cut: str = ""
    """What is not whole in the dead letter: value, headers, key; empty where all is."""

    def headers(self) -> Headers:
        """Write it, without what was cut."""
        topic, partition, offset = self.place
        known = [] if self.timestamp_ms is None or self.timestamp_ms < 0 else [(TIMESTAMP, b"%d" % self.timestamp_ms)]
        return [
            (REASON, self.reason.encode()),
            (DETAIL, self.detail.encode()),
            (TOPIC, topic.encode()),
            (PARTITION, b"%d" % partition),
            (OFFSET, b"%d" % offset),
            *known,
        ]

    @classmethod
    def read(cls, headers: Sequence[tuple[str, bytes]]) -> Self | None:
        """Read it, safe to print; None for a record that is no dead letter of ours."""
        found = {
            name: excerpt((value or b"").decode(errors="replace"), MAX_TEXT_LENGTH)
            for name, value in _split(headers)[1]
        }
        try:
            place = Place(found[TOPIC], int(found[PARTITION]), int(found[OFFSET]))
            timestamp_ms = int(found.get(TIMESTAMP, "-1"))
            known = timestamp_ms if 0 <= timestamp_ms <= LATEST_MS else None
            return cls(found[REASON], found[DETAIL], place, known, found.get(CUT, ""))
        except (KeyError, ValueError):
            return None


def received_headers(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """Return the headers that a message had before it became a dead letter."""
    return _split(headers)[0]


def _split(headers: Sequence[tuple[str, bytes]]) -> tuple[Headers, Headers]:
    """Divide the headers of a dead letter into those received and ours, which come last."""
    names = [name for name, _ in headers]
    if REASON not in names:
        return list(headers), []
    start = len(names) - 1 - names[::-1].index(REASON)
    if names[max(0, start - 2) : start] == [CUT, ORIGINAL]:
        start -= 2
    return list(headers[:start]), list(headers[start:])
