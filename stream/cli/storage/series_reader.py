"""Newest points of a series, read outside the group."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from kafka.consumer.fetcher import ConsumerRecord

from stream.detection.arrays import Float64, Int64
from stream.detection.points.staleness import Staleness
from stream.detection.points.warmup import first_scored
from stream.detection.state.phase import Phase
from stream.detectors import AnyDetector, build_detector, chosen_bundle
from stream.errors import DataError
from stream.events.text import display_name
from stream.formats.documented_points import Points
from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.formats.state.envelope import N_BYTES, is_intact
from stream.formats.state.key import is_partition_key, split_key
from stream.formats.tolerant.moments import Moments
from stream.kafka.topics.offset_range import Moment, open_range
from stream.model import WindowedMetadata
from stream.settings.settings import Settings

State = Literal["warming", "normal", "anomalous", "silent", "unreadable"]
"""`unreadable`: the record is damaged, or was written by another version of streamgauge or for another model."""

MOST_POINTS = 20_000
"""Points of a feature that are kept: the newest."""

MOST_NAMES = 10_000
"""Names of other series that are kept, to find one that was misspelt."""


class SeriesState(NamedTuple):
    """Stored state of a series, or of one feature."""

    partition: int
    key: bytes
    """Key of the state."""
    n_points: int | None
    """Points seen; None if the record is unreadable, as the next two."""
    timestamp_ms: int | None
    """Event time of the newest of them."""
    interval_s: float | None
    """Usual time between two points."""
    state: State

    @property
    def series(self) -> str:
        """Name of the series."""
        return split_key(self.key)[0]

    @property
    def feature(self) -> str | None:
        """Name of the feature; None if scored together."""
        return split_key(self.key)[1]

    @property
    def name(self) -> str:
        """Name of the series, with the feature."""
        return display_name(*split_key(self.key))


def read_states(settings: Settings, report: Callable[[float], None], log: Callable[[str], None]) -> list[SeriesState]:
    """Read what the changelog holds now, sorted by series.

    Parameters
    ----------
    report : callable
        Receives the share that has been read, 0 to 1.
    log : callable
        Receives each try while a broker is waited for.

    Raises
    ------
    StreamgaugeError
        If there is no connection, no such topic, or no such model.
    """
    reader = StateReader(settings)
    found: dict[tuple[int, bytes], SeriesState] = {}
    try:
        with open_range(settings, settings.changelog_topic, "beginning", "latest", log) as messages:
            for records, n_left in messages.batches():
                for record in records:
                    if is_partition_key(record.key):
                        continue
                    at = record.partition, record.key
                    if record.value is None:
                        found.pop(at, None)
                    else:
                        found[at] = reader.read(record)
                report(1 - n_left / messages.size)
    except DataError:  # The topic is empty: no checkpoint has been made yet.
        return []
    return sorted(found.values(), key=lambda state: state.key)


class StateReader:
    """Reads changelog records as the worker would."""

    def __init__(self, settings: Settings) -> None:
        bundle = chosen_bundle(settings.model)
        self._detector: AnyDetector = build_detector(bundle)
        window = bundle.metadata.window if isinstance(bundle.metadata, WindowedMetadata) else 0
        self._warmup, self._slow_warmup = max(settings.warmup, window), max(settings.slow_warmup, window)

    def read(self, record: ConsumerRecord) -> SeriesState:
        """Read one record that is no tombstone."""
        layout = self._detector.state.layout
        n_bytes = self._detector.n_slots * layout.itemsize
        if len(record.value) != n_bytes + N_BYTES or not is_intact(record.key, record.value):
            return SeriesState(record.partition, record.key, None, None, None, "unreadable")
        slots = np.frombuffer(record.value[:n_bytes], layout)
        if not self._detector.state.is_compatible(slots[None]).all():
            return SeriesState(record.partition, record.key, None, None, None, "unreadable")
        first = slots[0]
        n_points, timestamp_s = int(first["t"]), float(first["timestamp_s"])
        interval_s, state = float(first["interval_s"]), self._state(first)
        return SeriesState(record.partition, record.key, n_points, round(1000 * timestamp_s), interval_s, state)

    def _state(self, record: np.void) -> State:
        if record["silence"] != Staleness.ACTIVE:
            return "silent"
        if record["episode_phase"] == Phase.OPEN:
            return "anomalous"
        first = first_scored(self._warmup, self._slow_warmup, float(record["interval_s"]))
        return "warming" if record["t"] < first else "normal"


@dataclass(slots=True)
class SeriesReading:
    """What was found of one series."""

    points: dict[str | None, deque[tuple[int, float]]] = field(default_factory=dict)
    """By feature, None for plain numbers: event time in ms and value, in the order of the topic."""
    refused: Counter[str] = field(default_factory=Counter)
    """Messages of the series that a worker puts aside, by reason."""
    others: set[str] = field(default_factory=set)
    """Other series of the topic."""

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
