"""Messages that real senders wrote, as recorded in tests/data/captures."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stream.ingest.formats import READERS
from stream.ingest.samples.histograms import Histograms
from stream.ingest.samples.sample import Histogram, Sample, SampleRow
from stream.ingest.samples.series_names import SeriesNames

FOLDER = Path(__file__).resolve().parents[2] / "data" / "captures"

FORMATS = {
    "telegraf_json": "telegraf-json",
    "telegraf_influx": "influx",
    "collectd_json": "collectd-json",
    "otlp_json": "otlp-json",
    "otlp_protobuf": "otlp-protobuf",
    "prometheus_json": "prometheus-json",
    "collectd_command": "collectd-command",
    "collectd_graphite": "graphite",
    "prometheus_remote_write": "prometheus-remote-write",
}
"""Name of each file, and the format of its messages."""


class Captured(NamedTuple):
    """Value and Kafka timestamp of a message."""

    value: bytes
    timestamp_ms: int


def captured(name: str) -> list[Captured]:
    """Return the messages of a file, in the order in which they came."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt") as lines:
        records = [json.loads(line) for line in lines]
    return [Captured(base64.b64decode(record["value"]), record["timestamp"]) for record in records]


def samples_of(format_name: str, value: bytes, received_ms: int = 0) -> list[Sample]:
    """Read one message, as ingest does."""
    return samples_from(READERS[format_name](value, received_ms))


def samples_from(read: Iterable[Sample | SampleRow | Histogram], histograms: Histograms | None = None) -> list[Sample]:
    """Return the numbers of what a reader gives."""
    histograms = histograms or Histograms()
    samples: list[Sample] = []
    for found in read:
        if isinstance(found, Histogram):
            samples += histograms.samples(found)
        else:
            samples += found.samples() if isinstance(found, SampleRow) else [found]
    return samples


def points_of(format_name: str, value: bytes, received_ms: int = 0) -> dict[str, tuple[int, float]]:
    """Read one message with at most one point a series: name of the series to time and value."""
    names = SeriesNames()
    samples = samples_of(format_name, value, received_ms)
    points = {names.name(sample.name, sample.labels): (sample.timestamp_ms, sample.value) for sample in samples}
    assert len(points) == len(samples)
    return points
