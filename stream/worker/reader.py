"""Decoded batches: points in arrays, dead letters aside."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias, cast

import numpy as np

from stream.events.dead_letter import SourcePartition, check_headers, dead_letter
from stream.formats.documented_points import Points
from stream.formats.page_from import NO_HISTORY, read_page_from
from stream.formats.plain_points import PlainPoints
from stream.formats.points import Decoder
from stream.formats.rejections import BadMessageError
from stream.formats.state.key import feature_key
from stream.formats.tolerant.counts import Tolerated
from stream.kafka.topics.records import Record, Records
from stream.worker.batches import DecodedBatch
from stream.worker.engine.sending.producer import Message

NOT_KNOWN: Final = -1
"""Time of a message in the oldest format of Kafka, which has none."""


class DeadLetterTopic(NamedTuple):
    """Dead-letter topic, and its largest message."""

    name: str
    max_bytes: int


class Reader:
    """Decode one partition's records; isolate bad ones.

    Parameters
    ----------
    decoder : Decoder
    n_features : int
        Features that are judged together; of 1, each feature of a message is a series of its own.
    dead_letters : DeadLetterTopic
    """

    def __init__(self, decoder: Decoder, n_features: int, dead_letters: DeadLetterTopic) -> None:
        self._decoder, self._n_features, self._dead_letters = decoder, n_features, dead_letters

    def take_tolerated(self) -> Tolerated:
        """Return what was tolerated since the last call."""
        tolerated, self._decoder.tolerated = self._decoder.tolerated, Tolerated()
        return tolerated

    def read(self, source: SourcePartition, records: Records, now_ms: int) -> DecodedBatch:
        """Decode records, all of them at once where each is one plain point without headers.

        Parameters
        ----------
        source : SourcePartition
        records : list of Record
            Consecutive; at least one.
        now_ms : int
            The worker's clock, for points that lie too far in the future.
        """
        keys = [record.key for record in records]
        plain = self._decoder.decode_plain(keys, [record.value for record in records], now_ms)
        headers = [record.headers for record in records]
        if plain.is_plain.all() and not any(headers):
            return _decode_plain(source.partition, records, cast(list[bytes], keys), plain)
        return self._read_one_by_one(source, records, plain, now_ms)

    def _read_one_by_one(
        self, source: SourcePartition, records: Records, plain: PlainPoints, now_ms: int
    ) -> DecodedBatch:
        columns = _Columns(self._n_features)
        refused: list[tuple[BadMessageError, Message]] = []
        sent_ms = _sent_ms(records)
        for at, record in enumerate(records):
            try:
                page_from_ms = _page_from(record)
                points = _plain_point(plain, at) or self._decoder.decode(record.key, record.value, now_ms)
            except BadMessageError as bad:
                refused.append((bad, self._put_aside(bad, source, record)))
            else:
                columns.add(record.key or b"", (record.offset, sent_ms[at], page_from_ms), points)
        return columns.decoded(source.partition, refused)

    def _put_aside(self, bad: BadMessageError, source: SourcePartition, record: Record) -> Message:
        return Message(self._dead_letters.name, *dead_letter(bad, source, record, self._dead_letters.max_bytes))


def _plain_point(plain: PlainPoints, at: int) -> Points | None:
    return Points([int(plain.timestamps_ms[at])], [float(plain.values[at])]) if plain.is_plain[at] else None


def _page_from(record: Record) -> int:
    if not record.headers:
        return NO_HISTORY
    check_headers(record.headers)
    return read_page_from(record.headers)


def _sent_ms(records: Records) -> list[int]:
    return [NOT_KNOWN if (sent_ms := record.timestamp) is None else sent_ms for record in records]


def _decode_plain(partition: int, records: Records, keys: list[bytes], plain: PlainPoints) -> DecodedBatch:
    n = len(records)
    partitions = np.full(n, partition, np.int64)
    offsets = np.array([record.offset for record in records], np.int64)
    sent_ms = np.array(_sent_ms(records), np.int64)
    page_from_ms = np.full(n, NO_HISTORY, np.int64)
    values = plain.values.reshape(-1, 1)
    n_points = np.ones(n, np.int64)
    return DecodedBatch(keys, partitions, offsets, n_points, sent_ms, page_from_ms, plain.timestamps_ms, values, [])


_Place: TypeAlias = tuple[int, int, int]
"""Offset of a message, its time, and from when on its points may page, both in ms since the epoch."""


class _Columns:
    """Columns of an intake as they grow."""

    def __init__(self, n_features: int) -> None:
        self._n_features = n_features
        self._keys: list[bytes] = []
        self._places: list[_Place] = []
        self._n_points: list[int] = []
        self._timestamps_ms: list[int] = []
        self._values: list[float] = []

    def add(self, key: bytes, place: _Place, points: Points) -> None:
        if self._n_features > 1:
            self._append(key, place, points.timestamps_ms, points.values)
            return
        for feature, timestamps_ms, values in points.by_feature():
            self._append(key if feature is None else feature_key(key, feature), place, timestamps_ms, values)

    def _append(self, key: bytes, place: _Place, timestamps_ms: list[int], values: list[float]) -> None:
        if not timestamps_ms:
            return
        self._keys.append(key)
        self._places.append(place)
        self._n_points.append(len(timestamps_ms))
        self._timestamps_ms += timestamps_ms
        self._values += values

    def decoded(self, partition: int, refused: list[tuple[BadMessageError, Message]]) -> DecodedBatch:
        offsets, sent_ms, page_from_ms = np.array(self._places, np.int64).reshape(-1, 3).T
        return DecodedBatch(
            self._keys,
            np.full(len(self._keys), partition, np.int64),
            offsets,
            np.array(self._n_points, np.int64),
            sent_ms,
            page_from_ms,
            np.array(self._timestamps_ms, np.int64),
            np.array(self._values, np.float64).reshape(-1, self._n_features),
            refused,
        )
