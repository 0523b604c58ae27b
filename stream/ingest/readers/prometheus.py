"""Prometheus: what prometheus-kafka-adapter writes as JSON, and remote write 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import cramjam
import msgspec
from google.protobuf.message import DecodeError

from stream.ingest.readers.remote_write import WriteRequest
from stream.ingest.samples import moment
from stream.ingest.samples.decoding import decode, mismatch
from stream.ingest.samples.sample import Sample, number, number_in_text

JSON = "prometheus-kafka-adapter JSON"
REMOTE_WRITE = "Prometheus remote write 1"

MAX_BYTES = 64 << 20
"""Largest request that is unpacked: Prometheus sends 2,000 samples a request."""

NAME = "__name__"


class _PrometheusReading(msgspec.Struct, gc=False):
    name: str
    labels: dict[str, str]
    timestamp: str
    value: str


_reading = msgspec.json.Decoder(_PrometheusReading)


def read_json(value: bytes, _received_ms: int) -> Iterator[Sample]:
    """Read one sample, whose value is a text; a staleness marker is a NaN, and no point."""
    reading = decode(_reading, value, JSON)
    try:
        found = number_in_text(reading.value)
    except ValueError as error:
        raise mismatch(JSON, error) from None
    if found is not None:
        yield Sample(reading.name, _without_name(reading.labels), moment.to_ms(reading.timestamp), found)


def read_remote_write(value: bytes, _received_ms: int) -> Iterator[Sample]:
    """Read the samples of a request; native histograms and exemplars are passed over."""
    for series in _request(value).timeseries:
        labels = {label.name: label.value for label in series.labels}
        name = labels.get(NAME)
        if name is None:
            raise mismatch(REMOTE_WRITE, f"a series without the label {NAME}")
        labels = _without_name(labels)
        for sample in series.samples:
            found = number(sample.value)
            if found is not None:
                yield Sample(name, labels, sample.timestamp, found)


def _request(value: bytes) -> Any:
    try:
        n_bytes = cramjam.snappy.decompress_raw_len(value)
        if n_bytes > MAX_BYTES:
            raise mismatch(REMOTE_WRITE, f"{n_bytes:,} bytes when unpacked, the limit is {MAX_BYTES:,}")
        return WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(value)))
    except (cramjam.DecompressionError, DecodeError) as error:
        raise mismatch(REMOTE_WRITE, error) from None


def _without_name(labels: Mapping[str, str]) -> dict[str, str]:
    return {label: text for label, text in labels.items() if label != NAME}
