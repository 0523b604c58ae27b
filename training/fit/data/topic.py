"""A range of a Kafka topic as a source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka.consumer.fetcher import ConsumerRecord

from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.kafka.topics.offset_range import Moment, TopicRange, open_range
from stream.settings.settings import Settings
from training.fit.data.point_store import Spool
from training.fit.data.sources import Account, Report, feature_series


@contextmanager
def open_topic(
    settings: Settings, topic: str, start: Moment, end: Moment, log: Callable[[str], None]
) -> Iterator[TopicSource]:
    """Give what was published from `start` to just before `end`; see `stream.kafka.topics.offset_range.open_range`."""
    with open_range(settings, topic, start, end, log) as messages:
        yield TopicSource(messages, settings)


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

    def read(self, spool: Spool, report: Report) -> Account:
        """Put the points of every message onto the spool; bad messages are counted and passed over.

        Raises
        ------
        BrokerUnreachableError
            If the broker falls silent.
        """
        decoder = Decoder(self.settings.future_tolerance_s, self.settings.max_message_bytes)
        now_ms, n_points, n_bad = int(time.time() * 1000), 0, 0
        for records, n_left in self.messages.batches():
            for record in records:
                try:
                    n_points += _take(decoder, record, now_ms, spool)
                except BadMessageError:
                    n_bad += 1
            report(self.size - n_left, n_points)
        return Account(self.name, n_points, n_bad_messages=n_bad)


def _take(decoder: Decoder, record: ConsumerRecord, now_ms: int, spool: Spool) -> int:
    """Put the points of a message onto the spool, each feature as a series of its own; gives their number."""
    points = decoder.decode(record.key, record.value, now_ms)
    series, n_features = record.key.decode(), max(1, len(points.features))
    for i, feature in enumerate(points.features or ("",)):
        number = spool.number(feature_series(series, feature))
        for timestamp_ms, value in zip(points.timestamps_ms, points.values[i::n_features], strict=True):
            spool.add(number, timestamp_ms, value)
    return len(points.values)
