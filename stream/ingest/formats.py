"""The formats by name, and which of them a topic's first messages are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from stream.formats.rejections import BadMessageError
from stream.ingest.readers import collectd, flat, graphite, metricbeat, native, otlp, statsd, telegraf, vector
from stream.ingest.readers.prometheus import reader as prometheus
from stream.ingest.registry.wire_format import schema_id
from stream.ingest.samples.sample import Reader, SampleRow

AUTO, JSON, NATIVE, SCHEMA_REGISTRY = "auto", "json", "native", "schema-registry"

READERS: dict[str, Reader] = {
    NATIVE: native.read,
    "telegraf-json": telegraf.read_json,
    "otlp-json": otlp.read_json,
    "collectd-json": collectd.read_json,
    "prometheus-json": prometheus.read_json,
    "vector": vector.read,
    "metricbeat": metricbeat.read,
    JSON: flat.read,
    "prometheus-remote-write": prometheus.read_remote_write,
    "otlp-protobuf": otlp.read_protobuf,
    "collectd-command": collectd.read_command,
    "influx": telegraf.read_influx,
    "graphite": graphite.read,
    "statsd": statsd.read,
}
"""In the order in which they are tried: `json` takes any object, so that it comes after those that know theirs."""

FORMATS = (*READERS, SCHEMA_REGISTRY)
"""All names. What reads the messages of a Schema Registry needs the registry, and is made with the settings."""


def recognise(values: Iterable[tuple[bytes, int]]) -> str | None:
    """Name the format that most of a topic's messages are; None if none of them is read by any.

    Parameters
    ----------
    values : iterable of (bytes, int)
        Value and Kafka timestamp of each message.
    """
    found = Counter(filter(None, (_recognise(value, received_ms) for value, received_ms in values)))
    return found.most_common(1)[0][0] if found else None


def _recognise(value: bytes, received_ms: int) -> str | None:
    if schema_id(value) is not None:  # No other format begins so.
        return SCHEMA_REGISTRY
    return next((name for name, reader in READERS.items() if _fits(reader, value, received_ms)), None)


def _fits(reader: Reader, value: bytes, received_ms: int) -> bool:
    """Return whether a message is wholly read, and has a number."""
    try:
        found = list(reader(value, received_ms))
    except BadMessageError:
        return False
    return any(not isinstance(each, SampleRow) or any(True for _ in each.samples()) for each in found)
