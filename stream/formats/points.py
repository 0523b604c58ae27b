"""Native input format: JSON bytes to points."""

from __future__ import annotations

import msgspec

from stream.formats import diagnosis
from stream.formats.documented_points import Points, read_documented
from stream.formats.features import PLAIN, Value, is_whole, spread, tabulate
from stream.formats.limits import MAX_VALUE, OLDEST_MS
from stream.formats.plain_points import PlainPoints, read_plain
from stream.formats.rejections import UNREADABLE, BadMessageError, Reason
from stream.formats.tolerant.counts import Tolerated
from stream.formats.tolerant.moments import AUTO, Moments, TimeForm
from stream.formats.tolerant.points import parse, read_message

MAX_MESSAGE_BYTES = 1_048_588
"""Kafka's own default limit of a message. A message is applied in one piece, and a longer one holds up other series."""


class Decoder:
    """Decodes messages of the metrics topic.

    msgspec parses and checks the documented shape in one pass over the bytes; only what is no plain numbers takes a
    second pass, which knows features. What msgspec lets through is caught by counting: a message holds two quote
    characters for each field name, each feature's name, each series and each ISO timestamp, so that any more of them
    mean a repeated field (of which msgspec silently keeps the last) or an escaped quote, and only then is the message
    parsed once more to tell these two apart. What is not as documented and has a clear meaning is read by
    `stream.formats.tolerant`. A message means the same each time: nothing is remembered from one to the next.

    Measured with Python 3.11 and msgspec 0.22 on one core of an AMD EPYC that had other work too: 1.6 us for an object
    (msgspec alone 0.35), 3 us with an ISO timestamp, 0.21 us a point in columns of 1,000, 0.32 us a point in an array
    of 1,000 objects (0.73 us with ISO timestamps). With two features 7 us for an object; in columns of 1,000 points
    0.6 us a point as an array and 1.2 us as an object. An object that is not as documented takes 10 to 20 times as
    long as one that is.

    Parameters
    ----------
    future_tolerance_s : float
        How far a timestamp may be ahead of the worker's clock, seconds.
    max_message_bytes : int
        Longest value that is decoded.
    features : tuple of str or None
        Those that every point must have, in the order wanted; `PLAIN` are plain numbers. None takes any.
    moments : Moments, optional
        What times mean; without it their size tells their unit, and UTC is the zone of those without an offset.

    Attributes
    ----------
    tolerated : Tolerated
        What was tolerated since it was last set; it decides nothing.
    """

    def __init__(
        self,
        future_tolerance_s: float,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        features: tuple[str, ...] | None = None,
        moments: Moments | None = None,
    ) -> None:
        self.tolerated = Tolerated()
        self._future_tolerance_ms = int(future_tolerance_s * 1000)
        self._max_message_bytes = max_message_bytes
        self._features = features
        self._moments = moments or Moments()
        self._is_in_ms = self._moments.unit in (AUTO, TimeForm.MILLISECONDS)

    def decode_plain(self, keys: list[bytes | None], values: list[bytes | None], now_ms: int) -> PlainPoints:
        """Decode many messages at once, as far as each is one plain point: see `plain_points.read_plain`."""
        if not self._is_in_ms or (self._features is not None and self._features != PLAIN):
            return PlainPoints.none(len(values))
        return read_plain(keys, values, now_ms + self._future_tolerance_ms, self._max_message_bytes)

    def decode(self, key: bytes | None, value: bytes | None, now_ms: int) -> Points:
        """Return all points of a message, or raise; none if each lacks its value.

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
        latest_ms = now_ms + self._future_tolerance_ms
        try:
            series, points = read_documented(value, self._features)
        except UNREADABLE as error:
            return self._decode_tolerantly(key, value, latest_ms, error)
        if not self._is_in_ms or not _are_in_range(points, latest_ms):
            return self._decode_tolerantly(key, value, latest_ms)
        if series.encode() != key:
            raise diagnosis.diagnose_key(key, series)
        return points

    def _decode_tolerantly(
        self, key: bytes | None, value: bytes, latest_ms: int, error: Exception | None = None
    ) -> Points:
        """Decode a message that is not as documented, or whose times are not in milliseconds."""
        tolerated = Tolerated()
        document = self._parse(value, error)
        series, pairs = read_message(document, self._moments, tolerated)
        if series.encode() != key:
            raise diagnosis.diagnose_key(key, series)
        points = self._tabulate(pairs)
        if points.values and not _are_in_range(points, latest_ms):
            refused = diagnosis.diagnose_range(points.timestamps_ms, points.values, points.features, latest_ms)
            if refused is not None:  # Of a feature without a value it can be None.
                raise refused
        self.tolerated.add(tolerated)
        return points

    @staticmethod
    def _parse(value: bytes, error: Exception | None) -> object:
        """Parse a message; `error` says what is wrong with it if it cannot be."""
        try:
            return parse(value)
        except BadMessageError:
            raise
        except RecursionError:
            raise BadMessageError(Reason.WRONG_TYPE, "the message is nested too deeply") from None
        except ValueError as invalid:
            raise diagnosis.diagnose_bytes(value, error or invalid) from None

    def _tabulate(self, pairs: list[tuple[int, Value]]) -> Points:
        if self._features is not None:
            pairs = [(timestamp_ms, value) for timestamp_ms, value in pairs if is_whole(value)]
        if not pairs:
            return Points([], [])
        features, values, _ = tabulate([value for _, value in pairs], self._features)
        return Points([timestamp_ms for timestamp_ms, _ in pairs], values, () if self._features == PLAIN else features)


def _are_in_range(points: Points, latest_ms: int) -> bool:
    timestamps_ms, values = points.timestamps_ms, points.values
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
