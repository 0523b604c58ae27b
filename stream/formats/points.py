"""Native input format: JSON bytes to points."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, NamedTuple, TypeVar, cast

import msgspec
from msgspec import UNSET, UnsetType

from stream.formats import diagnosis
from stream.formats.features import PLAIN, Value, feature_mismatch, spread, tabulate
from stream.formats.limits import MAX_POINTS, MAX_SERIES_LENGTH, MAX_VALUE, OLDEST_MS, to_milliseconds
from stream.formats.plain_points import PlainPoints, read_plain
from stream.formats.rejections import BadMessageError, Reason

MAX_MESSAGE_BYTES = 1_048_588
"""Kafka's own default limit of a message. A message is applied in one piece, and a longer one holds up other series."""

Timestamp = int | Annotated[datetime, msgspec.Meta(tz=True)]


Series = Annotated[str, msgspec.Meta(max_length=MAX_SERIES_LENGTH)]

V = TypeVar("V")
"""What a point has as its value: a number, or whatever holds the numbers of several features."""


class _Point(msgspec.Struct, Generic[V], forbid_unknown_fields=True, gc=False):
    series: Series
    timestamp: Timestamp
    value: V


class _Message(msgspec.Struct, Generic[V], forbid_unknown_fields=True, gc=False):
    """A message that may be a point or columns."""

    series: Series
    timestamp: Timestamp | UnsetType = UNSET
    value: V | UnsetType = UNSET
    points: list[tuple[Timestamp, V]] | UnsetType = UNSET


_QUOTE = b'"'
_numbers: msgspec.json.Decoder[_Message[float] | list[_Point[float]]] = msgspec.json.Decoder(
    _Message[float] | list[_Point[float]]
)
_features: msgspec.json.Decoder[_Message[Value] | list[_Point[Value]]] = msgspec.json.Decoder(
    _Message[Value] | list[_Point[Value]]
)


class Points(NamedTuple):
    """Points of one series, in message order.

    Attributes
    ----------
    timestamps_ms : list of int
        Event time, milliseconds since the epoch; neither sorted nor free of repeats.
    values : list of float
        Row by row, one number a point, or a feature where there are features; finite, at most `MAX_VALUE` in magnitude.
    features : tuple of str
        Names of the numbers of a row; empty for plain numbers.
    """

    timestamps_ms: list[int]
    values: list[float]
    features: tuple[str, ...] = ()


_Shape = tuple[str, list[int | datetime], list[V], int]
"""Series, timestamps, values, and how many JSON strings such a message has when its timestamps are numbers."""


class Decoder:
    """Decodes messages of the metrics topic.

    msgspec parses and checks types in one pass over the bytes; only what is no plain numbers takes a second pass, which
    knows features. What msgspec lets through is caught by counting: a message holds two quote characters for each field
    name, each feature's name, each series and each ISO timestamp, so that any more of them mean a repeated field (of
    which msgspec silently keeps the last) or an escaped quote, and only then is the message parsed once more to tell
    these two apart.

    Measured with Python 3.11 and msgspec 0.22 on one core of an AMD EPYC that had other work too: 1.6 us for an object
    (msgspec alone 0.35), 3 us with an ISO timestamp, 0.21 us a point in columns of 1,000, 0.32 us a point in an array
    of 1,000 objects (0.73 us with ISO timestamps), 10 us to refuse a message. With two features 7 us for an object;
    in columns of 1,000 points 0.6 us a point as an array and 1.2 us as an object.

    Parameters
    ----------
    future_tolerance_s : float
        How far a timestamp may be ahead of the worker's clock, seconds.
    max_message_bytes : int
        Longest value that is decoded.
    features : tuple of str or None
        Those that every point must have, in the order wanted; `PLAIN` are plain numbers. None takes any.
    """

    def __init__(
        self,
        future_tolerance_s: float,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        features: tuple[str, ...] | None = None,
    ) -> None:
        self._future_tolerance_ms = int(future_tolerance_s * 1000)
        self._max_message_bytes = max_message_bytes
        self._features = features

    def decode_plain(self, keys: list[bytes | None], values: list[bytes | None], now_ms: int) -> PlainPoints:
        """Decode many messages at once, as far as each is one plain point: see `plain_points.read_plain`."""
        if self._features is not None and self._features != PLAIN:
            return PlainPoints.none(len(values))
        return read_plain(keys, values, now_ms + self._future_tolerance_ms, self._max_message_bytes)

    def decode(self, key: bytes | None, value: bytes | None, now_ms: int) -> Points:
        """Return all points of a message, or raise.

        Parameters
        ----------
        key, value : bytes or None
            As received. The key is the series, in UTF-8.
        now_ms : int
            The worker's clock, milliseconds since the epoch; decides nothing but what is too far in the future.

        Raises
        ------
        BadMessageError
            For anything else than points of the series that the key names. A message with several mistakes is
            refused for one of them, the same each time.
        """
        if not value or len(value) > self._max_message_bytes:
            raise diagnosis.diagnose_size(value, self._max_message_bytes)
        features: tuple[str, ...] = ()
        try:
            message = _numbers.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            series, moments, values, n_strings, features = self._read_features(value)
        else:
            series, moments, values, n_strings = (
                _of_array(message) if isinstance(message, list) else _of_object(message)
            )
            if self._features is not None and self._features != PLAIN:
                raise feature_mismatch(values[0], self._features)
        if value.count(_QUOTE) == 2 * n_strings:
            timestamps_ms = cast("list[int]", moments)
        else:
            timestamps_ms = _from_iso(value, moments, n_strings)
        if series.encode() != key:
            raise diagnosis.diagnose_key(key, series)
        latest_ms = now_ms + self._future_tolerance_ms
        if not _are_in_range(timestamps_ms, values, latest_ms):
            raise diagnosis.diagnose_range(timestamps_ms, values, features, latest_ms)
        return Points(timestamps_ms, values, features)

    def _read_features(self, value: bytes) -> tuple[str, list[int | datetime], list[float], int, tuple[str, ...]]:
        """Decode a message with features: shape, flat values, names."""
        try:
            message = _features.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise diagnosis.diagnose_bytes(value, error) from None
        series, moments, rows, n_strings = _of_array(message) if isinstance(message, list) else _of_object(message)
        features, values, n_names = tabulate(rows, self._features)
        return series, moments, values, n_strings + n_names, () if self._features == PLAIN else features


def _of_object(message: _Message[V]) -> _Shape[V]:
    timestamp, value, points = message.timestamp, message.value, message.points
    if points is UNSET:
        if timestamp is UNSET or value is UNSET:
            missing = "timestamp" if timestamp is UNSET else "value"
            raise BadMessageError(Reason.MISSING_FIELD, f"no field {missing}: expected timestamp and value, or points")
        return message.series, [timestamp], [value], 4
    if timestamp is not UNSET or value is not UNSET:
        raise BadMessageError(Reason.TWO_SHAPES, "expected either timestamp and value, or points; found some of both")
    if not points:
        raise BadMessageError(Reason.NO_POINTS, "the array points is empty")
    _limit(len(points))
    return message.series, [moment for moment, _ in points], [value for _, value in points], 3


def _of_array(message: list[_Point[V]]) -> _Shape[V]:
    if not message:
        raise BadMessageError(Reason.NO_POINTS, "the array is empty")
    _limit(len(message))
    series = message[0].series
    for i, point in enumerate(message):
        if point.series != series:
            raise BadMessageError(
                Reason.MIXED_SERIES, f"elements 0 and {i} are of two series: send one series a message"
            )
    return series, [point.timestamp for point in message], [point.value for point in message], 4 * len(message)


def _limit(n_points: int) -> None:
    if n_points > MAX_POINTS:
        raise BadMessageError(
            Reason.TOO_MANY_POINTS,
            f"found {n_points:,} points, expected at most {MAX_POINTS:,}: send several messages",
        )


def _from_iso(value: bytes, moments: list[int | datetime], n_strings: int) -> list[int]:
    """Parse ISO timestamps; return whether strings are in place."""
    n_iso = sum(isinstance(moment, datetime) for moment in moments)
    if value.count(_QUOTE) != 2 * (n_strings + n_iso):
        diagnosis.refuse_duplicate_fields(value)
    return [to_milliseconds(moment) if isinstance(moment, datetime) else moment for moment in moments]


def _are_in_range(timestamps_ms: list[int], values: list[float], latest_ms: int) -> bool:
    if len(values) == 1:  # min and max of lists of one cost 0.5 us, half of what the whole message may cost
        return OLDEST_MS <= timestamps_ms[0] <= latest_ms and -MAX_VALUE <= values[0] <= MAX_VALUE
    return (
        min(timestamps_ms) >= OLDEST_MS
        and max(timestamps_ms) <= latest_ms
        and min(values) >= -MAX_VALUE
        and max(values) <= MAX_VALUE
    )


def encode_points(series: str, timestamps_ms: list[int], values: list[float], features: tuple[str, ...] = ()) -> bytes:
    """Encode points of one series as a message value.

    Parameters
    ----------
    series : str
        The message's key is this, in UTF-8.
    timestamps_ms : list of int
        At least one.
    values : list of float
        Finite; row by row, one number a point, or a feature where there are features.
    features : tuple of str
        Names of the numbers of a row; a point's value is then an object.
    """
    rows = spread(values, features) if features else values
    if len(timestamps_ms) == 1:
        return _encode({"series": series, "timestamp": timestamps_ms[0], "value": rows[0]})
    return _encode({"series": series, "points": list(zip(timestamps_ms, rows, strict=True))})


def encode_pairs(series: str, points: list[tuple[int, float]]) -> bytes:
    """Encode points of one series, each a timestamp in milliseconds and a value, as a message value."""
    if len(points) == 1:
        [(timestamp_ms, value)] = points
        return _encode({"series": series, "timestamp": timestamp_ms, "value": value})
    return _encode({"series": series, "points": points})


_encode = msgspec.json.Encoder().encode
