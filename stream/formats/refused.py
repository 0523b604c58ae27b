"""What a refused message may be, and what to do about each reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from stream.formats.rejections import UNREADABLE, Reason

MOST_BYTES: Final = 100_000
"""A longer value is not looked at."""

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"

_NATIVE: Final = {"series", "points"}
_CONTINUES, _PAYLOAD = 0x80, 0x7F
_FIRST_FIELD: Final = 0x0A
"""Tag of a protobuf message's field 1 with a length: the resource metrics of OTLP, the time series of remote write."""

ABOUT_SHAPE: Final = {
    *(Reason.NOT_UTF8, Reason.NOT_JSON, Reason.TRAILING_BYTES),
    *(Reason.WRONG_TYPE, Reason.MISSING_FIELD),
}
"""Reasons for which a message in another sender's format is refused."""

NO_LONGER_REFUSED: Final = frozenset({"faust_tag", "timestamp_without_offset", "unknown_field"})
"""Reasons of earlier versions for what is tolerated now."""


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


_TEXTS: Final[dict[Foreign, re.Pattern[bytes]]] = {
    Foreign.PUTVAL: re.compile(rb"PUTVAL \S+/\S+ "),
    Foreign.STATSD: re.compile(rb"[^\s:|]+:%s\|(?:c|g|ms|s|h|d)\b" % _NUMBER),
    Foreign.GRAPHITE: re.compile(rb"[^\s,={]+ %s \d{9,10}\s*(?:\n|$)" % _NUMBER),
    Foreign.INFLUX: re.compile(rb'[^\s,]+(?:,[^\s,=]+=[^\s,]+)* [^\s,=]+=(?:%s[iu]?|"|[tTfF])' % _NUMBER),
}
"""What the first line of a text begins with."""


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


INGEST: Final = {
    Foreign.TELEGRAF_JSON: "telegraf-json",
    Foreign.OTLP_JSON: "otlp-json",
    Foreign.OTLP_PROTOBUF: "otlp-protobuf",
    Foreign.REMOTE_WRITE: "prometheus-remote-write",
    Foreign.PROMETHEUS_JSON: "prometheus-json",
    Foreign.COLLECTD_JSON: "collectd-json",
    Foreign.PUTVAL: "collectd-command",
    Foreign.METRICBEAT: "metricbeat",
    Foreign.VECTOR: "vector",
    Foreign.INFLUX: "influx",
    Foreign.GRAPHITE: "graphite",
    Foreign.STATSD: "statsd",
    Foreign.FLAT_JSON: "json",
}
"""What `streamgauge ingest` calls each format."""


ADVICE: Final[dict[Reason | Foreign, str]] = {
    **{
        foreign: f"send it to a topic of its own and run streamgauge ingest TOPIC={name} (docs/ingest.md)"
        for foreign, name in INGEST.items()
    },
    Reason.SERIES_TOO_LONG: "leave out labels that the name of the series does not need (ingest --drop-label)",
    Reason.FORMAT_UNKNOWN: "name the format (ingest TOPIC=FORMAT), or convert it (docs/events.md)",
    Reason.FORMAT_MISMATCH: "send one format a topic, or name it (ingest TOPIC=FORMAT)",
    Reason.NULL_KEY: "send the series as the key",
    Reason.KEY_NOT_UTF8: "send the series as the key, in UTF-8",
    Reason.KEY_NOT_SERIES: "send the series as the key, without quotes",
    Reason.HEADER_NOT_UTF8: "name the header in UTF-8",
    Reason.PAGE_FROM_UNREADABLE: "send one header streamgauge-page-from, milliseconds in decimal digits",
    Reason.NULL_VALUE: "send no tombstones; the metrics topic must not be compacted",
    Reason.EMPTY_VALUE: "send no empty values",
    Reason.MESSAGE_TOO_LARGE: "send fewer points a message, or raise STREAMGAUGE_MAX_MESSAGE_BYTES and replay",
    Reason.COMPRESSED: "send it plain, and set the producer's own compression",
    Reason.SCHEMA_REGISTRY: "send plain JSON, without the serializer of a schema registry",
    Reason.NOT_UTF8: "send JSON in UTF-8",
    Reason.NOT_JSON: "send JSON",
    Reason.TRAILING_BYTES: "send one JSON document a message",
    Reason.WRONG_TYPE: "send the series as a text, the time as a number or ISO 8601, and a number as value",
    Reason.MISSING_FIELD: "send series, timestamp and value",
    Reason.DUPLICATE_FIELD: "name each field once",
    Reason.TWO_SHAPES: "send timestamp and value, or points, not both",
    Reason.NO_POINTS: "send at least one point a message",
    Reason.TOO_MANY_POINTS: "send several messages",
    Reason.MIXED_SERIES: "send one series a message",
    Reason.MISSING_FEATURE: "send every feature of the model, or choose another STREAMGAUGE_MODEL and replay",
    Reason.UNKNOWN_FEATURE: "send the features of the model only, or choose another STREAMGAUGE_MODEL and replay",
    Reason.MIXED_FEATURES: "send the same features with each point of a message",
    Reason.TOO_MANY_FEATURES: "make series of them",
    Reason.NOT_FINITE: "leave out a point that has no value",
    Reason.VALUE_TOO_LARGE: "choose a larger unit",
    Reason.TIMESTAMP_UNREADABLE: "send the time since the epoch as a number, or ISO 8601",
    Reason.TIMESTAMP_NEGATIVE: "send the time since the epoch",
    Reason.TIMESTAMP_ABSURD: "look at the sender's clock, or set STREAMGAUGE_TIMESTAMP_UNIT to its unit and replay",
    Reason.TIMESTAMP_FUTURE: "set the sender's clock (NTP), or raise STREAMGAUGE_FUTURE_TOLERANCE_S and replay",
}


def advise(reason: str, value: bytes | None) -> tuple[Foreign | None, str]:
    """Return what a refused message looks like, None if like nothing known, and what to do about it.

    Parameters
    ----------
    reason : str
        One that this version does not know is said to be of another.
    value : bytes or None
        As received.
    """
    foreign = recognise(value) if reason in ABOUT_SHAPE | NO_LONGER_REFUSED else None
    if foreign is not None:
        return foreign, ADVICE[foreign]
    if reason in NO_LONGER_REFUSED:
        return None, "this version reads such messages: replay them (streamgauge dlq replay)"
    try:
        return None, ADVICE[Reason(reason)]
    except ValueError:
        return None, "a reason of another version of streamgauge: read its docs/events.md"
