"""Messages of any sender to points by series and dead letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stream.formats.limits import MAX_VALUE, OLDEST_MS, refused_timestamp, refused_value
from stream.formats.points import encode_pairs
from stream.formats.rejections import BadMessageError, Reason
from stream.formats.tolerant.numbers import number
from stream.ingest.formats import FORMATS
from stream.ingest.samples.histograms import Histograms
from stream.ingest.samples.sample import Histogram, Sample, SampleRow
from stream.ingest.samples.series_names import NewSeriesLimit, SeriesNames
from stream.ingest.source_buffer import SourceMessage
from stream.ingest.topic_formats import TopicFormats

POINTS_PER_MESSAGE = 1_000
"""Of one series: columns of this length cost least, and a message stays far below every limit of its size."""


@dataclass(slots=True)
class IngestBatch:
    """What some messages became."""

    points: defaultdict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    """By series: timestamp in milliseconds, value."""
    refused: list[tuple[SourceMessage, BadMessageError]] = field(default_factory=list)
    """Messages of which not everything could be read, each with its first reason."""

    @property
    def n_points(self) -> int:
        """Points of all series."""
        return sum(map(len, self.points.values()))

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Return series and value of each message for the metrics topic; the points of a series in their order."""
        for series, points in self.points.items():
            points.sort()
            for start in range(0, len(points), POINTS_PER_MESSAGE):
                yield series, encode_pairs(series, points[start : start + POINTS_PER_MESSAGE])


class BatchReader:
    """Reads messages.

    Parameters
    ----------
    future_tolerance_s : float
        How far a timestamp may be ahead of the clock, as for the worker: there, one such point costs its whole message.
    """

    def __init__(
        self, formats: TopicFormats, names: SeriesNames, limit: NewSeriesLimit, future_tolerance_s: float
    ) -> None:
        self._formats = formats
        self._names = names
        self._limit = limit
        self._future_tolerance_ms = int(1000 * future_tolerance_s)
        self._histograms = Histograms()

    def read(self, messages: Sequence[SourceMessage], batch: IngestBatch, now_ms: int, now_s: float) -> None:
        """Read messages into a batch, independently: a bad one harms no other.

        Parameters
        ----------
        messages : sequence of SourceMessage
            In the order in which they are to be read.
        now_ms : int
            The clock, milliseconds since the epoch.
        now_s : float
            A clock that never goes back, for the limit of new series.
        """
        collector = _PointCollector(batch, self._names, self._limit, now_ms + self._future_tolerance_ms, now_s)
        for message in messages:
            collector.first_bad = None
            try:
                self._read_one(message, collector)
            except BadMessageError as bad:
                collector.refuse(bad)
            if collector.first_bad is not None:
                batch.refused.append((message, collector.first_bad))

    def _read_one(self, message: SourceMessage, collector: _PointCollector) -> None:
        value = message.record.value
        if value is None:
            raise BadMessageError(Reason.NULL_VALUE, "the value is null (a tombstone)")
        reader = self._formats.reader(message.source.topic)
        if reader is None:
            raise BadMessageError(
                Reason.FORMAT_UNKNOWN, f"none of the formats {', '.join(FORMATS)}: see the page ingest of the docs"
            )
        for found in reader(value, message.timestamp_ms):
            if isinstance(found, SampleRow):
                collector.add_row(found)
            elif isinstance(found, Sample):
                collector.add(found)
            elif isinstance(found, Histogram):
                for sample in self._histograms.samples(found):
                    collector.add(sample)


class _PointCollector:
    """Adds samples to a batch.

    Attributes
    ----------
    first_bad : BadMessageError or None
        The first reason why not everything of the message in hand is among the points.
    """

    def __init__(
        self, batch: IngestBatch, names: SeriesNames, limit: NewSeriesLimit, latest_ms: int, now_s: float
    ) -> None:
        self.first_bad: BadMessageError | None = None
        self._points, self._names, self._limit = batch.points, names, limit
        self._latest_ms, self._now_s = latest_ms, now_s

    def refuse(self, bad: BadMessageError | None) -> None:
        """Remember why something is left out, if it is the first."""
        self.first_bad = self.first_bad or bad

    def add(self, sample: Sample) -> None:
        """Add a number."""
        try:
            series = self._names.name(sample.name, sample.labels)
        except BadMessageError as bad:
            self.refuse(bad)
            return
        timestamp_ms, value = sample.timestamp_ms, sample.value
        if not (OLDEST_MS <= timestamp_ms <= self._latest_ms and -MAX_VALUE <= value <= MAX_VALUE):
            self.refuse(refused_timestamp(timestamp_ms, self._latest_ms) or refused_value(value))
        elif self._limit.admits(series, self._now_s):
            self._points[series].append((timestamp_ms, value))

    def add_row(self, row: SampleRow) -> None:
        """Add the numbers of a row: what `add` does, with everything done once that can be."""
        timestamp_ms = row.timestamp_ms
        if not OLDEST_MS <= timestamp_ms <= self._latest_ms:
            self.refuse(refused_timestamp(timestamp_ms, self._latest_ms))
            return
        points, admits, now_s = self._points, self._limit.admits, self._now_s
        for series, found in zip(self._names.of_row(row), row.fields.values(), strict=True):
            value = found if isinstance(found, float) else number(found)
            if value is None:
                continue
            if isinstance(series, BadMessageError):
                self.refuse(series)
            elif not -MAX_VALUE <= value <= MAX_VALUE:
                finite = number(value)
                self.refuse(None if finite is None else refused_value(finite))
            elif admits(series, now_s):
                points[series].append((timestamp_ms, value))
