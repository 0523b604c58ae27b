"""The input format read once more, by the standard library alone: what the decoder may accept."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta
from typing import Any

FIRST_MS, MAX_VALUE, MAX_SERIES_LENGTH, MAX_POINTS = 31_536_000_000, 1e18, 1024, 10_000
LAST_MS = 10_000_000_000_000
"""More is of another unit."""

IN_QUOTES = re.compile(r"-?\d+\.?\d*")
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Points = tuple[str, list[int], list[Any]]
"""Series, times in milliseconds, values."""


class StrictError(ValueError):
    """The strict reading refuses it."""


def parse(value: bytes) -> Any:
    """Parse JSON as RFC 8259 has it: UTF-8, no repeated name, no NaN."""

    def no_constant(name: str) -> Any:
        raise StrictError(name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise StrictError("a repeated name")
        return dict(pairs)

    try:
        return json.loads(value.decode("utf-8"), parse_constant=no_constant, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise StrictError(str(error)) from error


def read_points(key: bytes | None, value: bytes, latest_ms: int) -> Points:
    """Read a message of the metrics topic.

    Raises
    ------
    StrictError
        If docs/events.md refuses it.
    """
    message = parse(value)
    if isinstance(message, list):
        rows = [_point(each) for each in message]
        names = {name for name, _, _ in rows}
        expect(len(names) == 1, "one series")
        series, pairs = names.pop(), [(moment, value) for _, moment, value in rows]
    elif isinstance(message, dict) and "points" in message:
        expect(set(message) == {"series", "points"}, "series and points")
        expect(isinstance(message["points"], list), "an array of points")
        expect(all(isinstance(each, list) and len(each) == 2 for each in message["points"]), "pairs")
        series, pairs = message["series"], [(moment, value) for moment, value in message["points"]]
    else:
        series, moment, number = _point(message)
        pairs = [(moment, number)]
    expect(isinstance(series, str) and len(series) <= MAX_SERIES_LENGTH, "the name of a series")
    expect(series.encode("utf-8", "surrogatepass") == key, "the key to be the series")
    expect(0 < len(pairs) <= MAX_POINTS, "some points")
    times = [milliseconds(moment) for moment, _ in pairs]
    expect(all(FIRST_MS <= each <= latest_ms for each in times), "times in range")
    return series, times, [value for _, value in pairs]


def number(value: Any) -> float:
    """Return a number that can be scored."""
    expect(isinstance(value, int | float) and not isinstance(value, bool), "a number")
    try:
        found = float(value)
    except OverflowError as error:
        raise StrictError("a number in range") from error
    expect(math.isfinite(found) and abs(found) <= MAX_VALUE, "a number in range")
    return found


def numbers(value: Any) -> list[float]:
    """Return the numbers of a value with or without features."""
    if isinstance(value, dict):
        expect(len(value) > 0 and all(value), "features with names")
        return [number(each) for each in value.values()]
    if isinstance(value, list):
        expect(len(value) > 0, "features")
        return [number(each) for each in value]
    return [number(value)]


def milliseconds(moment: Any) -> int:
    """Return a timestamp as milliseconds since the epoch."""
    expect(isinstance(moment, int | float | str) and not isinstance(moment, bool), "a timestamp")
    if isinstance(moment, str) and IN_QUOTES.fullmatch(moment):
        return milliseconds(float(moment) if "." in moment else int(moment))
    if isinstance(moment, str):
        try:
            parsed = datetime.fromisoformat(moment.upper())  # RFC 3339 has `t` and `z`, too.
            expect(parsed.tzinfo is not None, "an offset")
            return (parsed - EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError) as error:
            raise StrictError(str(error)) from error
    expect(abs(moment) < LAST_MS, "milliseconds")
    return int(moment)


def _point(document: Any) -> tuple[Any, Any, Any]:
    expect(isinstance(document, dict) and set(document) == {"series", "timestamp", "value"}, "a point")
    return document["series"], document["timestamp"], document["value"]


def expect(holds: bool, what: str) -> None:
    """Refuse what does not hold."""
    if not holds:
        raise StrictError(f"expected {what}")
