"""Graphite's plaintext protocol, with and without tags."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number_in_text
from stream.ingest.samples.decoding import mismatch, read_lines
from stream.ingest.samples.sample import Sample

FORMAT = "Graphite plaintext"


def read(value: bytes, received_ms: int) -> Iterator[Sample]:
    """Read lines of `path value time`; the time -1 is that of the message."""
    return read_lines(value, FORMAT, partial(_of_line, received_ms=received_ms))


def _of_line(line: str, received_ms: int) -> Iterator[Sample]:
    path, text, time = line.split()
    name, *tags = path.split(";")
    labels = {label: found for label, separator, found in (tag.partition("=") for tag in tags) if separator}
    if not name or len(labels) < len(tags):
        raise mismatch(FORMAT, f"no path, or a tag without '=': {path}")
    value = number_in_text(text)
    if value is not None:
        yield Sample(name, labels, received_ms if time == "-1" else moments.to_ms(float(time)), value)
