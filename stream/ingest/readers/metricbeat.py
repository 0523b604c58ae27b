"""Elastic's Metricbeat, as its Kafka output writes it with the codec json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number
from stream.ingest.samples.decoding import decode, mismatch
from stream.ingest.samples.sample import Sample

FORMAT = "Metricbeat JSON"

MAX_LABEL_LENGTH = 256
"""A longer text describes, and names nothing."""


class _Metricset(msgspec.Struct, gc=False):
    name: str


class _Event(msgspec.Struct, gc=False):
    module: str


class _Host(msgspec.Struct, gc=False):
    name: str | None = None


class _Head(msgspec.Struct, gc=False):
    """What each event of Metricbeat has, whatever its module."""

    timestamp: str = msgspec.field(name="@timestamp")
    event: _Event
    metricset: _Metricset
    host: _Host | None = None


_head = msgspec.json.Decoder(_Head)
_everything = msgspec.json.Decoder(dict[str, Any])


def read(value: bytes, _received_ms: int) -> Iterator[Sample]:
    """Read the numbers of the module's own part, named by their path: `system.cpu.user.pct`.

    Texts of that part are labels, named by their path below the metricset; `host` is the label of `host.name`.
    """
    head = decode(_head, value, FORMAT)
    module = head.event.module
    part = decode(_everything, value, FORMAT).get(module)
    if not isinstance(part, dict):
        raise mismatch(FORMAT, f"no object {module}, which its event.module names")
    leaves = list(_leaves(part, module))
    prefix = f"{module}.{head.metricset.name}."
    labels = {
        path.removeprefix(prefix).removeprefix(f"{module}."): text
        for path, text in leaves
        if isinstance(text, str) and len(text) <= MAX_LABEL_LENGTH
    }
    if head.host is not None and head.host.name is not None:
        labels["host"] = head.host.name
    timestamp_ms = moments.to_ms(head.timestamp)
    for path, leaf in leaves:
        found = number(leaf)
        if found is not None:
            yield Sample(path, labels, timestamp_ms, found)


def _leaves(part: Mapping[str, object], path: str) -> Iterator[tuple[str, object]]:
    """Return what is neither an object nor an array, with its path."""
    for name, found in part.items():
        if isinstance(found, dict):
            yield from _leaves(found, f"{path}.{name}")
        elif not isinstance(found, list):
            yield f"{path}.{name}", found
