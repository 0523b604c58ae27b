"""Telegraf's JSON, one metric or a batch, and the Influx line protocol: its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from line_protocol_parser import LineFormatError, parse_line

from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number
from stream.ingest.samples.decoding import decode, mismatch, read_lines
from stream.ingest.samples.sample import Sample, SampleRow

JSON = "Telegraf JSON"
INFLUX = "Influx line protocol"


class _TelegrafMetric(msgspec.Struct, gc=False):
    name: str
    fields: dict[str, Any]
    timestamp: int | float | str
    tags: dict[str, str] = {}


class _Batch(msgspec.Struct, gc=False):
    metrics: list[_TelegrafMetric]


_single = msgspec.json.Decoder(_TelegrafMetric)
_batch = msgspec.json.Decoder(_Batch)


def read_json(value: bytes, _received_ms: int) -> Iterator[Sample | SampleRow]:
    """Read one metric, or a batch of `json_transformation`'s default shape `{"metrics": [...]}`."""
    is_batch = value.lstrip()[:12].replace(b" ", b"").startswith(b'{"metrics":')
    metrics = decode(_batch, value, JSON).metrics if is_batch else [decode(_single, value, JSON)]
    for metric in metrics:
        yield from _samples(metric.name, metric.tags, metric.fields, moments.to_ms(metric.timestamp))


def read_influx(value: bytes, received_ms: int) -> Iterator[Sample | SampleRow]:
    """Read lines; one without a timestamp has that of the message."""
    return read_lines(value, INFLUX, partial(_of_line, received_ms=received_ms))


def _of_line(line: str, received_ms: int) -> Iterator[Sample | SampleRow]:
    try:
        parsed = parse_line(line)
    except LineFormatError as error:
        raise mismatch(INFLUX, error) from None
    if parsed is not None:  # A comment is no point.
        timestamp_ms = received_ms if parsed["time"] is None else moments.to_ms(parsed["time"])
        yield from _samples(parsed["measurement"], parsed["tags"], parsed["fields"], timestamp_ms)


def _samples(
    name: str, tags: Mapping[str, str], fields: Mapping[str, object], timestamp_ms: int
) -> Iterator[Sample | SampleRow]:
    """Name each number as Telegraf's own Prometheus output does: measurement_field, but not measurement_value."""
    if "value" in fields:
        value = number(fields["value"])
        if value is not None:
            yield Sample(name, tags, timestamp_ms, value)
        fields = {field: fields[field] for field in fields if field != "value"}
    yield SampleRow(f"{name}_", tags, timestamp_ms, fields)
