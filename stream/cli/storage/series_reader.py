"""Newest points of a series, read outside the group."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.formats.documented_points import Points
from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.formats.tolerant.moments import Moments
from stream.kafka.topics.offset_range import Moment, open_range
from stream.settings.settings import Settings

MOST_POINTS = 20_000
"""Points of a feature that are kept: the newest."""

MOST_NAMES = 10_000
"""Names of other series that are kept, to find one that was misspelt."""


@dataclass(slots=True)
class SeriesReading:
    """What was found of one series.

    Attributes
    ----------
    points : dict of str or None to deque of (int, float)
        By feature, None for plain numbers: event time in ms and value, in the order of the topic.
    refused : Counter of str
        Messages of the series that a worker puts aside, by reason.
    others : set of str
        Other series of the topic.
    """

    points: dict[str | None, deque[tuple[int, float]]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    others: set[str] = field(default_factory=set)

    def add(self, points: Points) -> None:
        """Take in a message of the series."""
        for feature, timestamps_ms, values in points.by_feature():
            if timestamps_ms:
                kept = self.points.setdefault(feature, deque(maxlen=MOST_POINTS))
                kept.extend(zip(timestamps_ms, values, strict=True))

    def ordered(self, feature: str | None) -> tuple[Int64, Float64, int]:
        """Return scorable points; count late and repeated ones."""
        pairs = np.array(self.points[feature], [("timestamp_ms", np.int64), ("value", np.float64)])
        newest = np.maximum.accumulate(pairs["timestamp_ms"])
        fresh = np.concatenate([[True], newest[1:] > newest[:-1]])
        return pairs["timestamp_ms"][fresh], pairs["value"][fresh], int((~fresh).sum())


def read_series(
    settings: Settings, series: str, start: Moment, report: Callable[[float], None], log: Callable[[str], None]
) -> SeriesReading:
    """Read a series from the metrics topic since `start`.

    Parameters
    ----------
    report : callable
        Told which part of it is read, 0 to 1.
    log : callable
        Told of each try while a broker is waited for.

    Raises
    ------
    StreamgaugeError
        If there is no connection, no such topic, or nothing in the range.
    """
    moments = Moments(settings.timestamp_unit, settings.timezone)
    decoder = Decoder(settings.future_tolerance_s, settings.max_message_bytes, moments=moments)
    reading, key, now_ms = SeriesReading(), series.encode(), time.time_ns() // 1_000_000
    with open_range(settings, settings.metrics_topic, start, "latest", log) as messages:
        for records, n_left in messages.batches():
            for record in records:
                if record.key != key:
                    if record.key is not None and len(reading.others) < MOST_NAMES:
                        reading.others.add(record.key.decode(errors="replace"))
                    continue
                try:
                    reading.add(decoder.decode(record.key, record.value, now_ms))
                except BadMessageError as bad:
                    reading.refused[bad.reason] += 1
            report(1 - n_left / messages.size)
    return reading
