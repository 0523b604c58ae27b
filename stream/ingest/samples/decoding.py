"""Bytes to text or to JSON of an expected shape, or the reason why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from stream.formats.rejections import UNREADABLE, BadMessageError, Reason
from stream.formats.tolerant.numbers import number, number_in_text
from stream.formats.tolerant.points import no_number
from stream.ingest.samples.sample import Sample, SampleRow

T = TypeVar("T")
S = TypeVar("S", Sample, Sample | SampleRow)


def mismatch(format_name: str, detail: object) -> BadMessageError:
    """Make the error of a message that is not what its topic's format says."""
    return BadMessageError(Reason.FORMAT_MISMATCH, f"expected {format_name}: {detail}")


def number_or_text(found: object) -> float | None:
    """Return the number of a field that is known to hold one: a text may write it too."""
    if not isinstance(found, str):
        return number(found)
    try:
        return number_in_text(found)
    except ValueError:
        return None


def decode(decoder: msgspec.json.Decoder[T], value: bytes, format_name: str) -> T:
    """Decode JSON of a known shape.

    Raises
    ------
    BadMessageError
        If it is no JSON, or has another shape.
    """
    try:
        return decoder.decode(value)
    except UNREADABLE as error:
        raise mismatch(format_name, error) from None


def json_objects(value: bytes, format_name: str) -> list[dict[str, Any]]:
    """Decode one JSON object, an array of objects, or an object a line; NaN and Infinity, which Python writes, pass.

    Raises
    ------
    BadMessageError
        If it is none of these.
    """
    try:
        is_python_s = b"NaN" in value or b"Infinity" in value
        document = json.loads(value, parse_constant=no_number) if is_python_s else msgspec.json.decode(value)
    except (ValueError, RecursionError) as error:
        document = _json_lines(value, format_name, error)
    objects = document if isinstance(document, list) else [document]
    if not objects or not all(isinstance(each, dict) for each in objects):
        raise mismatch(format_name, "no JSON object and no array of objects")
    return objects


def _json_lines(value: bytes, format_name: str, error: Exception) -> list[object]:
    lines = [line for line in value.splitlines() if line.strip()]
    if len(lines) < 2:
        raise mismatch(format_name, error) from None
    try:
        return [json.loads(line, parse_constant=no_number) for line in lines]
    except (ValueError, RecursionError):
        raise mismatch(format_name, error) from None


def read_lines(value: bytes, format_name: str, parse: Callable[[str], Iterable[S]]) -> Iterator[S]:
    """Read a text line by line; a line that cannot be read harms no other one.

    Parameters
    ----------
    parse : callable
        Gives the samples of a line, or raises a ValueError.

    Raises
    ------
    BadMessageError
        After all lines, for the first that cannot be read; at once if this is no UTF-8, or has no line.
    """
    bad: BadMessageError | None = None
    for line in _lines(value, format_name):
        try:
            samples = list(parse(line))
        except ValueError as error:
            bad = bad or (error if isinstance(error, BadMessageError) else mismatch(format_name, error))
        else:
            yield from samples
    if bad is not None:
        raise bad


def _lines(value: bytes, format_name: str) -> list[str]:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise mismatch(format_name, error) from None
    lines = [line for line in (line.strip("\r\0 ") for line in text.split("\n")) if line]
    if not lines:
        raise mismatch(format_name, "no line of text")
    return lines
