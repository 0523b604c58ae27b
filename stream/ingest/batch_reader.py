"""Messages of any sender to points by series and dead letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from stream.events.dead_letter import ReceivedMessage
from stream.formats.limits import MAX_VALUE, OLDEST_MS, refused_timestamp, refused_value
from stream.formats.points import encode_points
from stream.formats.rejections import BadMessageError, Reason
from stream.ingest.formats import AUTO, READERS, recognise
from stream.ingest.samples.histograms import Histograms
from stream.ingest.samples.new_series import NewSeriesLimit
from stream.ingest.samples.sample import Histogram, Sample
from stream.ingest.samples.series_names import SeriesNames
from stream.ingest.sources import Sources

POINTS_PER_MESSAGE = 1_000
"""Of one series: columns of this length cost least, and a message stays far below every limit of its size."""

N_FIRST = 100
"""Messages of a topic by which its format is found."""

log = structlog.get_logger(__name__)


class SourceRecord(ReceivedMessage, Protocol):
    """A message as it was received."""

    @property
    def timestamp(self) -> int:
        """Its Kafka timestamp, milliseconds since the epoch."""


@dataclass(slots=True)
class IngestBatch:
    """What some messages became.

    Attributes
    ----------
    points : dict of str to list of (int, float)
        By series: timestamp in milliseconds, value.
    refused : list of (SourceRecord, BadMessageError)
        Messages of which not everything could be read, each with its first reason.
    """

    points: defaultdict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[SourceRecord, BadMessageError]] = field(default_factory=list)

    @property
    def n_points(self) -> int:
        """Points of all series."""
        return sum(map(len, self.points.values()))

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Return series and value of each message for the metrics topic; the points of a series in their order."""
        for series, points in self.points.items():
            points.sort()
            for start in range(0, len(points), POINTS_PER_MESSAGE):
                timestamps_ms, values = zip(*points[start : start + POINTS_PER_MESSAGE], strict=True)
                yield series, encode_points(series, list(timestamps_ms), list(values))


class BatchReader:
    """Reads messages.

    Parameters
    ----------
    sources : Sources
    names : SeriesNames
    limit : NewSeriesLimit
    future_tolerance_s : float
        How far a timestamp may be ahead of the clock, as for the worker: there, one such point costs its whole message.
    """

    def __init__(self, sources: Sources, names: SeriesNames, limit: NewSeriesLimit, future_tolerance_s: float) -> None:
        self._sources = sources
        self._names = names
        self._limit = limit
        self._future_tolerance_ms = int(1000 * future_tolerance_s)
        self._formats: dict[str, str] = {}
        self._histograms = Histograms()

    def read(self, records: Sequence[SourceRecord], now_ms: int, now_s: float) -> IngestBatch:
        """Read messages independently: a bad one harms no other.

        Parameters
        ----------
        records : sequence of SourceRecord
            In the order in which they are to be read.
        now_ms : int
            The clock, milliseconds since the epoch.
        now_s : float
            A clock that never goes back, for the limit of new series.
        """
        self._find_formats(records)
        batch = IngestBatch()
        latest_ms = now_ms + self._future_tolerance_ms
        for record in records:
            bad = self._read_one(record, batch, latest_ms, now_s)
            if bad is not None:
                batch.refused.append((record, bad))
        return batch

    def _read_one(
        self, record: SourceRecord, batch: IngestBatch, latest_ms: int, now_s: float
    ) -> BadMessageError | None:
        """Add the points of a message; give the first reason why not all of it is among them."""
        first_bad: BadMessageError | None = None
        try:
            for sample in self._samples(record):
                try:
                    series = self._names.name(sample)
                except BadMessageError as bad:
                    first_bad = first_bad or bad
                    continue
                _name, _labels, timestamp_ms, value, _kind = sample
                if not (OLDEST_MS <= timestamp_ms <= latest_ms and -MAX_VALUE <= value <= MAX_VALUE):
                    first_bad = first_bad or refused_timestamp(timestamp_ms, latest_ms) or refused_value(value)
                elif self._limit.admits(series, now_s):
                    batch.points[series].append((timestamp_ms, value))
        except BadMessageError as bad:
            return first_bad or bad
        return first_bad

    def _samples(self, record: SourceRecord) -> Iterator[Sample]:
        if record.value is None:
            raise BadMessageError(Reason.NULL_VALUE, "the value is null (a tombstone)")
        if record.topic not in self._formats:
            raise BadMessageError(
                Reason.FORMAT_UNKNOWN, f"none of the formats {', '.join(READERS)}: see the page ingest of the docs"
            )
        for found in READERS[self._formats[record.topic]](record.value, record.timestamp):
            if isinstance(found, Histogram):
                yield from self._histograms.samples(found)
            else:
                yield found

    def _find_formats(self, records: Sequence[SourceRecord]) -> None:
        """Detect the format of each new topic; from then on fixed."""
        for topic in {record.topic for record in records} - self._formats.keys():
            chosen = self._sources.format_of(topic)
            if chosen == AUTO:
                first = [record for record in records if record.topic == topic][:N_FIRST]
                found = recognise((record.value, record.timestamp) for record in first if record.value is not None)
                if found is None:
                    continue
                log.info("format found", topic=topic, format=found, same_as=f"streamgauge ingest {topic}={found}")
                chosen = found
            self._formats[topic] = chosen
