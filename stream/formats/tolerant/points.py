"""A message of native points, read as its sender means it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from stream.formats.features import MAX_NAME_LENGTH, Value
from stream.formats.limits import MAX_SERIES_LENGTH, check_n_points
from stream.formats.rejections import BadMessageError, Reason, excerpt, shown
from stream.formats.tolerant.counts import Tolerated
from stream.formats.tolerant.moments import Moments
from stream.formats.tolerant.numbers import measured

FIELDS: Final = frozenset({"series", "timestamp", "value", "points"})
"""The fields of a message."""


def parse(value: bytes) -> object:
    """Parse JSON; NaN and Infinity, which Python writes, are None.

    Raises
    ------
    BadMessageError
        If a field is repeated; JSON leaves open which of the two values counts, and parsers disagree.
    ValueError, RecursionError
        If it is no JSON, holds half a surrogate pair, or is nested too deeply.
    """
    document: object = _decoder.decode(value.decode())
    if b"\\u" in value:
        json.dumps(document, ensure_ascii=False).encode()  # Half a surrogate pair is no text.
    return document


def no_number(_name: str) -> None:
    """Return what JSON's parser makes of NaN and Infinity: nothing."""


def read_message(document: object, moments: Moments, tolerated: Tolerated) -> tuple[str, list[tuple[int, Value]]]:
    """Read a message of one series: its name, and the points that have a value.

    Parameters
    ----------
    document : object
        As `parse` gives it.

    Raises
    ------
    BadMessageError
        If it is not that.
    """
    if isinstance(document, list):
        return _read_array(document, moments, tolerated)
    point = _as_object(document)
    points = point.get("points")
    if isinstance(points, list):
        check_n_points(len(points))
    return read_series(point), list(read_points(point, moments, tolerated))


def _read_array(elements: list[object], moments: Moments, tolerated: Tolerated) -> tuple[str, list[tuple[int, Value]]]:
    if not elements:
        raise BadMessageError(Reason.NO_POINTS, "the array is empty")
    check_n_points(len(elements))
    series = read_series(_as_object(elements[0]))
    pairs: list[tuple[int, Value]] = []
    for at, element in enumerate(elements):
        point = _as_object(element)
        if read_series(point) != series:
            raise BadMessageError(
                Reason.MIXED_SERIES, f"elements 0 and {at} are of two series: send one series a message"
            )
        if "points" in point:
            raise BadMessageError(Reason.WRONG_TYPE, f"element {at} has columns: send them as a message of their own")
        pairs += read_points(point, moments, tolerated)
    return series, pairs


def _as_object(document: object) -> dict[str, object]:
    if not isinstance(document, dict):
        raise BadMessageError(Reason.WRONG_TYPE, f"expected an object of a point, found {shown(document)}")
    return document


def read_series(document: Mapping[str, object]) -> str:
    """Return the series of a point or of columns.

    Raises
    ------
    BadMessageError
        If it names none.
    """
    if "series" not in document:
        raise BadMessageError(Reason.MISSING_FIELD, "no field series")
    series = document["series"]
    if not isinstance(series, str):
        raise BadMessageError(Reason.WRONG_TYPE, f"expected a text as series, found {shown(series)}")
    if len(series) > MAX_SERIES_LENGTH:
        raise BadMessageError(
            Reason.SERIES_TOO_LONG, f"a series of {len(series):,} characters, expected at most {MAX_SERIES_LENGTH:,}"
        )
    return series


def read_points(document: Mapping[str, object], moments: Moments, tolerated: Tolerated) -> Iterator[tuple[int, Value]]:
    """Read a point, or columns; a missing value costs only itself.

    Parameters
    ----------
    document : mapping of str to object
        With fields of other names too.
    tolerated : Tolerated
        Counts what is not as documented.

    Yields
    ------
    timestamp_ms : int
    value : Value
        Of several features, those without a value are NaN; some have one.

    Raises
    ------
    BadMessageError
        At the first thing that has no clear meaning.
    """
    unknown = document.keys() - FIELDS
    if unknown:
        tolerated.add_unknown(unknown)
    for time, found in _pairs(document):
        timestamp_ms, form = moments.read(time)
        if form != moments.unit:  # What the settings name is nothing to tolerate.
            tolerated.add_time(form)
        value = _value(found, tolerated)
        if value is not None:
            yield timestamp_ms, value


def _pairs(document: Mapping[str, object]) -> Sequence[Sequence[object]]:
    """Return pairs of timestamp and value."""
    if "points" not in document:
        missing = next((name for name in ("timestamp", "value") if name not in document), None)
        if missing is None:
            return [(document["timestamp"], document["value"])]
        raise BadMessageError(Reason.MISSING_FIELD, f"no field {missing}: expected timestamp and value, or points")
    if "timestamp" in document or "value" in document:
        raise BadMessageError(Reason.TWO_SHAPES, "expected either timestamp and value, or points; found some of both")
    points = document["points"]
    if not isinstance(points, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in points):
        raise BadMessageError(Reason.WRONG_TYPE, "points is no array of pairs of timestamp and value")
    if not points:
        raise BadMessageError(Reason.NO_POINTS, "the array points is empty")
    return points


def _value(found: object, tolerated: Tolerated) -> Value | None:
    """Return the number or the numbers of a point; None if none has a value."""
    if isinstance(found, dict):
        for name in found:
            _check_name(name)
        numbers = [measured(each, tolerated) for each in found.values()]
        row = _row(numbers)
        return None if row is None else dict(zip(found, row, strict=True))
    if isinstance(found, list):
        return _row([measured(each, tolerated) for each in found])
    return measured(found, tolerated)


def _row(numbers: list[float | None]) -> list[float] | None:
    if numbers and not any(each is not None for each in numbers):
        return None
    return [math.nan if each is None else each for each in numbers]


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise BadMessageError(
            Reason.WRONG_TYPE, f"a feature's name has {len(name):,} characters, expected 1 to {MAX_NAME_LENGTH}"
        )


def _with_each_name_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) == len(pairs):
        return document
    [(name, n_times)] = Counter(name for name, _ in pairs).most_common(1)
    raise BadMessageError(Reason.DUPLICATE_FIELD, f"field '{excerpt(name, 60)}' occurs {n_times} times in one object")


_decoder = json.JSONDecoder(object_pairs_hook=_with_each_name_once, parse_constant=no_number)
