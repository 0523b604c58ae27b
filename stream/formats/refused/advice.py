"""What to do about a refused message: one table, for the worker's log, `doctor` and `dlq`."""

from __future__ import annotations

from typing import Final

from stream.formats.refused.foreign import Foreign, recognise
from stream.formats.rejections import Reason

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

ABOUT_SHAPE: Final = {
    *(Reason.NOT_UTF8, Reason.NOT_JSON, Reason.TRAILING_BYTES),
    *(Reason.WRONG_TYPE, Reason.MISSING_FIELD),
}
"""Reasons for which a message in another sender's format is refused."""

NO_LONGER_REFUSED: Final = frozenset({"faust_tag", "timestamp_without_offset", "unknown_field"})
"""Reasons of earlier versions for what is tolerated now."""


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
