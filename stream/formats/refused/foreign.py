"""Formats of other senders, recognised in a message that was refused: enough to name them, not to read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from stream.formats.rejections import UNREADABLE

MOST_BYTES: Final = 100_000
"""A longer value is not looked at."""


class Foreign(StrEnum):
    """What a refused value looks like, in the name that its sender's documentation uses."""

    TELEGRAF_JSON = "Telegraf JSON"
    OTLP_JSON = "OpenTelemetry OTLP JSON"
    OTLP_PROTOBUF = "OpenTelemetry OTLP protobuf"
    REMOTE_WRITE = "Prometheus remote write"
    PROMETHEUS_JSON = "prometheus-kafka-adapter JSON"
    COLLECTD_JSON = "collectd JSON"
    PUTVAL = "collectd PUTVAL"
    METRICBEAT = "Metricbeat JSON"
    VECTOR = "Vector metric JSON"
    INFLUX = "Influx line protocol"
    GRAPHITE = "Graphite plaintext"
    STATSD = "StatsD"
    FLAT_JSON = "flat JSON"


_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TEXTS: Final[dict[Foreign, re.Pattern[bytes]]] = {
    Foreign.PUTVAL: re.compile(rb"PUTVAL \S+/\S+ "),
    Foreign.STATSD: re.compile(rb"[^\s:|]+:%s\|(?:c|g|ms|s|h|d)\b" % _NUMBER),
    Foreign.GRAPHITE: re.compile(rb"[^\s,={]+ %s \d{9,10}\s*(?:\n|$)" % _NUMBER),
    Foreign.INFLUX: re.compile(rb'[^\s,]+(?:,[^\s,=]+=[^\s,]+)* [^\s,=]+=(?:%s[iu]?|"|[tTfF])' % _NUMBER),
}
"""What the first line of a text begins with."""

_NATIVE: Final = {"series", "points"}
_CONTINUES, _PAYLOAD = 0x80, 0x7F
_FIRST_FIELD: Final = 0x0A
"""Tag of a protobuf message's field 1 with a length: the resource metrics of OTLP, the time series of remote write."""


def recognise(value: bytes | None) -> Foreign | None:
    """Name the format that a refused value looks like; None where it looks like none of them."""
    if not value or len(value) > MOST_BYTES:
        return None
    try:
        document = msgspec.json.decode(value)
    except UNREADABLE:
        return _of_text(value) or _of_binary(value)
    return _of_json(document)


def _of_json(document: object) -> Foreign | None:
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, Mapping):
        return None
    for name, fits in _SHAPES.items():
        if fits(first):
            return name
    return None


def _is_telegraf(document: Mapping[str, object]) -> bool:
    metrics = document.get("metrics")
    if isinstance(metrics, list) and metrics and isinstance(metrics[0], Mapping):
        return _is_telegraf(metrics[0])
    return isinstance(document.get("fields"), Mapping) and "name" in document


def _is_flat(document: Mapping[str, object]) -> bool:
    return not _NATIVE & document.keys() and any(isinstance(value, int | float) for value in document.values())


_SHAPES: Final[dict[Foreign, Callable[[Mapping[str, object]], bool]]] = {
    Foreign.TELEGRAF_JSON: _is_telegraf,
    Foreign.OTLP_JSON: lambda document: "resourceMetrics" in document,
    Foreign.PROMETHEUS_JSON: lambda document: isinstance(document.get("labels"), Mapping) and "value" in document,
    Foreign.COLLECTD_JSON: lambda document: {"values", "dsnames"} <= document.keys(),
    Foreign.METRICBEAT: lambda document: "@timestamp" in document and bool({"metricset", "agent"} & document.keys()),
    Foreign.VECTOR: lambda document: "name" in document and document.get("kind") in ("absolute", "incremental"),
    Foreign.FLAT_JSON: _is_flat,
}


def _of_text(value: bytes) -> Foreign | None:
    text = value.lstrip()
    return next((name for name, pattern in _TEXTS.items() if pattern.match(text)), None)


def _of_binary(value: bytes) -> Foreign | None:
    if _is_fields_of_one(value):
        return Foreign.OTLP_PROTOBUF
    _, at = _varint(value, 0)
    # A snappy block: the length of what it unpacks to, then a literal, which is the start of the message.
    is_literal = at < len(value) and value[at] & 3 == 0
    n_length = max(0, (value[at] >> 2) - 59) if is_literal else 0
    start = at + 1 + n_length
    return Foreign.REMOTE_WRITE if is_literal and value[start : start + 1] == bytes([_FIRST_FIELD]) else None


def _is_fields_of_one(value: bytes) -> bool:
    """Return whether bytes are a protobuf message of nothing but fields 1 with a length, to their very end."""
    at = 0
    while at < len(value) and value[at] == _FIRST_FIELD:
        length, at = _varint(value, at + 1)
        at += length
    return at == len(value)


def _varint(value: bytes, at: int) -> tuple[int, int]:
    """Read a number of protobuf; give it and where it ends, which is past the bytes where it is cut off."""
    number, shift = 0, 0
    while at < len(value):
        number |= (value[at] & _PAYLOAD) << shift
        shift, at = shift + 7, at + 1
        if not value[at - 1] & _CONTINUES:
            return number, at
    return number, len(value) + 1
