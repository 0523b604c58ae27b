"""collectd's write_kafka: its JSON, and its Command format, which are PUTVAL lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number, number_in_text
from stream.ingest.samples.decoding import decode, mismatch, read_lines
from stream.ingest.samples.sample import Kind, Sample

JSON = "collectd JSON"
COMMAND = "collectd's PUTVAL command"

_KINDS = {"derive": Kind.CUMULATIVE, "counter": Kind.CUMULATIVE, "absolute": Kind.DELTA}
_PUTVAL = re.compile(r'PUTVAL +"?(?P<id>[^"]+?)"?(?: +[a-z_]+=(?:"[^"]*"|\S+))* +(?P<time>N|[\d.]+):(?P<values>\S+)')


class _ValueList(msgspec.Struct, gc=False):
    values: list[float | None]
    dstypes: list[str]
    dsnames: list[str]
    time: float
    host: str
    plugin: str
    type: str
    plugin_instance: str = ""
    type_instance: str = ""


_value_lists = msgspec.json.Decoder(list[_ValueList])


def read_json(value: bytes, _received_ms: int) -> Iterator[Sample]:
    """Read an array of value lists; a null is a value that collectd has not."""
    for found in decode(_value_lists, value, JSON):
        if not len(found.values) == len(found.dsnames) == len(found.dstypes):
            raise mismatch(JSON, "values, dsnames and dstypes of different lengths")
        stem, labels = _name(found.plugin, found.type), _labels(found.host, found.plugin_instance, found.type_instance)
        timestamp_ms = moments.to_ms(found.time)
        for value_found, source, kind in zip(found.values, found.dsnames, found.dstypes, strict=True):
            measured = number(value_found)
            if measured is not None:
                name = stem if source == "value" else f"{stem}_{source}"
                yield Sample(name, labels, timestamp_ms, measured, _KINDS.get(kind, Kind.GAUGE))


def read_command(value: bytes, received_ms: int) -> Iterator[Sample]:
    """Read PUTVAL lines: `PUTVAL host/plugin-instance/type-instance interval=10 time:value:value`.

    A line has no names for several values: they are numbered. The time N is that of the message.
    """
    return read_lines(value, COMMAND, partial(_of_line, received_ms=received_ms))


def _of_line(line: str, received_ms: int) -> Iterator[Sample]:
    parsed = _PUTVAL.fullmatch(line)
    parts = parsed["id"].split("/") if parsed else []
    if parsed is None or len(parts) != 3:
        raise mismatch(COMMAND, f"no PUTVAL of host/plugin/type: {line}")
    (plugin, _, plugin_instance), (kind, _, type_instance) = (part.partition("-") for part in parts[1:])
    labels = _labels(parts[0], plugin_instance, type_instance)
    timestamp_ms = received_ms if parsed["time"] == "N" else moments.to_ms(parsed["time"])
    yield from _numbered(_name(plugin, kind), labels, timestamp_ms, parsed["values"].split(":"))


def _numbered(stem: str, labels: dict[str, str], timestamp_ms: int, texts: Sequence[str]) -> Iterator[Sample]:
    for i, text in enumerate(texts):
        value = None if text == "U" else number_in_text(text)
        if value is not None:
            yield Sample(stem if len(texts) == 1 else f"{stem}_{i}", labels, timestamp_ms, value)


def _name(plugin: str, kind: str) -> str:
    """Name a metric by plugin and type, once where they are the same: `memory`, `cpu_percent`."""
    return plugin if plugin == kind else f"{plugin}_{kind}"


def _labels(host: str, plugin_instance: str, type_instance: str) -> dict[str, str]:
    labels = {"host": host, "plugin_instance": plugin_instance, "type_instance": type_instance}
    return {label: text for label, text in labels.items() if text}
