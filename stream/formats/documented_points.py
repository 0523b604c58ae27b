"""The documented shapes of the native input: JSON bytes to points, in one pass over the bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Generic, NamedTuple, TypeVar, cast

import msgspec
from msgspec import UNSET, UnsetType

from stream.formats.features import PLAIN, Value, feature_mismatch, tabulate
from stream.formats.limits import MAX_SERIES_LENGTH, check_n_points, to_milliseconds
from stream.formats.rejections import UNREADABLE, BadMessageError, Reason
from stream.formats.tolerant.points import parse

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
    """Points of one series, in message order."""

    timestamps_ms: list[int]
    """Event time, milliseconds since the epoch; neither sorted nor free of repeats."""
    values: list[float]
    """Row by row, one number a point, or a feature where there are features; at most `MAX_VALUE` in magnitude. A
    feature without a value is NaN."""
    features: tuple[str, ...] = ()
    """Names of the numbers of a row; empty for plain numbers."""

    def by_feature(self) -> Iterator[tuple[str | None, list[int], list[float]]]:
        """Return the points of each feature that have a value; None names plain numbers."""
        n_features = max(1, len(self.features))
        for at, feature in enumerate(self.features or (None,)):
            values = self.values[at::n_features]
            if not any(map(math.isnan, values)):
                yield feature, self.timestamps_ms, values
                continue
            with_value = [at for at, value in enumerate(values) if not math.isnan(value)]
            yield feature, [self.timestamps_ms[at] for at in with_value], [values[at] for at in with_value]

    def whole(self) -> Points:
        """Return the points of which every feature has a value."""
        if not any(map(math.isnan, self.values)):
            return self
        n_features = len(self.features)
        rows = [self.values[start : start + n_features] for start in range(0, len(self.values), n_features)]
        kept = [at for at, row in enumerate(rows) if not any(map(math.isnan, row))]
        values = [value for at in kept for value in rows[at]]
        return Points([self.timestamps_ms[at] for at in kept], values, self.features)


_Shape = tuple[str, list[int | datetime], list[V], int]
"""Series, timestamps, values, and how many JSON strings such a message has when its timestamps are numbers."""


def read_documented(value: bytes, features: tuple[str, ...] | None) -> tuple[str, Points]:
    """Read a message that is as documented: its series, and its points with times and values of any size.

    Parameters
    ----------
    value : bytes
    features : tuple of str or None
        As in `stream.formats.points.Decoder`.

    Raises
    ------
    BadMessageError
        If it is wrong however it is read.
    msgspec.DecodeError, UnicodeDecodeError, RecursionError
        If it has another shape; see `stream.formats.tolerant` for what that may mean.
    """
    names: tuple[str, ...] = ()
    try:
        message = _numbers.decode(value)
    except UNREADABLE:
        series, moments, values, n_strings, names = _read_features(value, features)
    else:
        series, moments, values, n_strings = _of_array(message) if isinstance(message, list) else _of_object(message)
        if features is not None and features != PLAIN:
            raise feature_mismatch(values[0], features)
    if value.count(_QUOTE) == 2 * n_strings:
        timestamps_ms = cast("list[int]", moments)
    else:
        timestamps_ms = _from_iso(value, moments, n_strings)
    return series, Points(timestamps_ms, values, names)


def _read_features(
    value: bytes, features: tuple[str, ...] | None
) -> tuple[str, list[int | datetime], list[float], int, tuple[str, ...]]:
    """Decode a message with features: shape, flat values, names."""
    message = _features.decode(value)
    series, moments, rows, n_strings = _of_array(message) if isinstance(message, list) else _of_object(message)
    names, values, n_names = tabulate(rows, features)
    return series, moments, values, n_strings + n_names, () if features == PLAIN else names


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
    check_n_points(len(points))
    return message.series, [moment for moment, _ in points], [value for _, value in points], 3


def _of_array(message: list[_Point[V]]) -> _Shape[V]:
    if not message:
        raise BadMessageError(Reason.NO_POINTS, "the array is empty")
    check_n_points(len(message))
    series = message[0].series
    for i, point in enumerate(message):
        if point.series != series:
            raise BadMessageError(
                Reason.MIXED_SERIES, f"elements 0 and {i} are of two series: send one series a message"
            )
    return series, [point.timestamp for point in message], [point.value for point in message], 4 * len(message)


def _from_iso(value: bytes, moments: list[int | datetime], n_strings: int) -> list[int]:
    """Convert ISO timestamps; raise for a repeated field."""
    n_iso = sum(isinstance(moment, datetime) for moment in moments)
    if value.count(_QUOTE) != 2 * (n_strings + n_iso):
        parse(value)  # Refuses them, and passes an escaped quote.
    return [to_milliseconds(moment) if isinstance(moment, datetime) else moment for moment in moments]
