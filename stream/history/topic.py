"""A range of a topic in the native format as a source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.formats.tolerant.counts import Tolerance
from stream.formats.tolerant.moments import Moments
from stream.history.points import Report, Sink
from stream.kafka.topics.offset_range import Moment, TopicRange, open_range
from stream.settings.settings import Settings


@contextmanager
def open_topic(
    settings: Settings, topic: str, start: Moment, end: Moment, log: Callable[[str], None]
) -> Iterator[TopicSource]:
    """Open a range of a topic; see `stream.kafka.topics.offset_range.open_range`."""
    with open_range(settings, topic, start, end, log) as messages:
        yield TopicSource(messages, settings)


@dataclass(frozen=True, slots=True)
class TopicSource:
    """The points of a range of a topic."""

    messages: TopicRange
    settings: Settings
    """How messages are decoded."""

    @property
    def name(self) -> str:
        """Topic and range."""
        return self.messages.name

    @property
    def size(self) -> int:
        """Offsets, gaps of compaction and transactions included."""
        return self.messages.size

    def read(self, sink: Sink, report: Report) -> None:
        """Return the points of every message; bad messages and points without a value are counted and left out.

        Raises
        ------
        BrokerUnreachableError
            If the broker stops answering.
        """
        settings = self.settings
        moments = Moments(settings.timestamp_unit, settings.timezone)
        decoder = Decoder(settings.future_tolerance_s, settings.max_message_bytes, moments=moments)
        now_ms = time.time_ns() // 1_000_000
        for records, n_left in self.messages.batches():
            for record in records:
                try:
                    points = decoder.decode(record.key, record.value, now_ms)
                except BadMessageError:
                    sink.add_bad(1)
                else:
                    sink.add(record.key.decode(), *points.whole())
            report(self.size - n_left)
        sink.add_missing("", decoder.tolerated.kinds[Tolerance.MISSING_VALUE])
        report(self.size)
