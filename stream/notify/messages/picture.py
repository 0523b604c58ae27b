"""Picture of a series, from the scores topic."""

from __future__ import annotations

import math
import time
from typing import Final

import msgspec
import numpy as np
from kafka import KafkaConsumer, TopicPartition
from msgspec import UNSET

from stream.events.episodes import ScoredPoint
from stream.events.text import display_name
from stream.formats.rejections import UNREADABLE
from stream.kafka.clients import consumer_options
from stream.kafka.partitioner import partition_of
from stream.notify.alerts.incident import Incident
from stream.plot.chart import Chart, Span
from stream.plot.figure import draw_png
from stream.settings.settings import Settings

BEFORE_MS: Final = 6 * 3_600_000
"""How much of the past is drawn: what was published since then."""

MAX_RECORDS: Final = 100_000
"""Records of the partition that are read at most, those of other series included: the newest ones."""

READ_WITHIN_S: Final = 5.0
MIN_POINTS: Final = 10
"""With fewer there is nothing to see."""

_points = msgspec.json.Decoder(ScoredPoint)


def picture_of(incident: Incident, settings: Settings) -> bytes | None:
    """Draw the last hours of a series; None without points."""
    points = read_points(incident, settings)
    return draw_png([chart_of_points(incident, points)]) if len(points) >= MIN_POINTS else None


def read_points(incident: Incident, settings: Settings) -> list[ScoredPoint]:
    """Read the newest scored points of a series, in order of time."""
    topic, series = settings.scores_topic, incident.series.encode()
    assert topic is not None
    with KafkaConsumer(**consumer_options(settings), group_id=None, enable_auto_commit=False) as consumer:
        place = TopicPartition(topic, partition_of(series, len(consumer.partitions_for_topic(topic))))
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        _seek(consumer, place, end)
        found: dict[int, ScoredPoint] = {}
        deadline = time.monotonic() + READ_WITHIN_S
        while consumer.position(place) < end and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    if record.key == series and record.value is not None:
                        _add(found, record.value, incident.feature)
    return [found[timestamp] for timestamp in sorted(found)]


def chart_of_points(incident: Incident, points: list[ScoredPoint]) -> Chart:
    """Return the chart of scored points with the incident marked."""
    moments = np.array([point.timestamp for point in points], dtype="datetime64[ms]")
    first = int(np.searchsorted(moments, np.datetime64(incident.start, "ms")))
    spans = [Span(first, len(points) - 1, incident.severity)] if first < len(points) else []
    return Chart(
        title=display_name(incident.series, incident.feature),
        moments=moments,
        values=np.array([_scored_value(point) for point in points]),
        expected=np.array([_number(point.expected) for point in points]),
        lower=np.array([_number(point.lower) for point in points]),
        upper=np.array([_number(point.upper) for point in points]),
        scores=np.array([_number(point.score) for point in points]),
        episodes=spans,
    )


def _seek(consumer: KafkaConsumer, place: TopicPartition, end: int) -> None:
    since = consumer.offsets_for_times({place: time.time_ns() // 1_000_000 - BEFORE_MS})[place]
    oldest = consumer.beginning_offsets([place])[place]
    consumer.seek(place, max(oldest, end - MAX_RECORDS, end if since is None else since.offset))


def _add(found: dict[int, ScoredPoint], value: bytes, feature: str | None) -> None:
    try:
        point = _points.decode(value)
    except UNREADABLE:
        return
    if (None if point.feature is UNSET else point.feature) == feature:
        found[point.timestamp] = point


def _scored_value(point: ScoredPoint) -> float:
    """Return what was scored: under `rate` the growth a second."""
    if point.transform is not UNSET and point.transform == "rate":
        return math.nan if point.rate is UNSET else _number(point.rate)
    return point.value


def _number(value: float | None) -> float:
    return math.nan if value is None else value
