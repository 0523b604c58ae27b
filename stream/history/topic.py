"""A range of a topic in the native format as history."""

from __future__ import annotations

import time
from dataclasses import dataclass

from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.history.points import History
from stream.history.source import Report
from stream.kafka.topics.offset_range import TopicRange
from stream.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class TopicSource:
    """The points of a range of a topic.

    Parameters
    ----------
    messages : TopicRange
    settings : Settings
        How messages are decoded.
    """

    messages: TopicRange
    settings: Settings

    @property
    def name(self) -> str:
        """Topic and range."""
        return self.messages.name

    @property
    def size(self) -> int:
        """Offsets: messages, and what compaction and transactions leave between them."""
        return self.messages.size

    def read(self, history: History, report: Report) -> None:
        """Add the points of every message; bad messages are counted and passed over."""
        decoder = Decoder(self.settings.future_tolerance_s, self.settings.max_message_bytes)
        now_ms = time.time_ns() // 1_000_000
        for records, n_left in self.messages.batches():
            for record in records:
                try:
                    points = decoder.decode(record.key, record.value, now_ms)
                except BadMessageError:
                    history.n_bad += 1
                else:
                    history.add(record.key.decode(), points.timestamps_ms, points.values, points.features)
            report(self.size - n_left)
        report(self.size)
