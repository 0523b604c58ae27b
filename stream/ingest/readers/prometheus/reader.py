"""Prometheus: what prometheus-kafka-adapter writes as JSON, and remote write 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cramjam
import msgspec
from google.protobuf.message import DecodeError

from stream.formats.rejections import BadMessageError
from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number, number_in_text
from stream.ingest.readers.prometheus.native_histograms import native
from stream.ingest.readers.prometheus.remote_write import WriteRequest
from stream.ingest.samples.decoding import decode, mismatch
from stream.ingest.samples.sample import Histogram, Kind, Sample

JSON = "prometheus-kafka-adapter JSON"
REMOTE_WRITE = "Prometheus remote write"

MAX_BYTES = 64 << 20
"""Largest request that is unpacked: Prometheus sends 2,000 samples a request."""

NAME = "__name__"

COUNTER = 1
"""Type of a metric in the metadata of version 2."""


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
        yield Sample(reading.name, _without_name(reading.labels), moments.to_ms(reading.timestamp), found)


def read_remote_write(value: bytes, _received_ms: int) -> Iterator[Sample | Histogram]:
    """Read the samples and native histograms of a request of either version; exemplars are passed over.

    A histogram that cannot be read harms no other series.
    """
    bad: BadMessageError | None = None
    for name, labels, series, kind in _series(_request(value)):
        for sample in series.samples:
            found = number(sample.value)
            if found is not None:
                yield Sample(name, labels, sample.timestamp, found, kind)
        for histogram in series.histograms:
            try:
                read = native(histogram, name, labels)
            except BadMessageError as error:
                bad = bad or error
            else:
                yield from () if read is None else (read,)
    if bad is not None:
        raise bad


def _series(request: Any) -> Iterator[tuple[str, dict[str, str], Any, Kind]]:
    """Return each series with its name, labels and, where version 2 says it, kind."""
    for series in request.timeseries:
        yield *_named({label.name: label.value for label in series.labels}), series, Kind.GAUGE
    for series in request.timeseries2:
        kind = Kind.CUMULATIVE if series.metadata.type == COUNTER else Kind.GAUGE
        yield *_named(_resolved(series.labels_refs, request.symbols)), series, kind


def _named(labels: dict[str, str]) -> tuple[str, dict[str, str]]:
    name = labels.get(NAME)
    if name is None:
        raise mismatch(REMOTE_WRITE, f"a series without the label {NAME}")
    return name, _without_name(labels)


def _resolved(references: Sequence[int], symbols: Sequence[str]) -> dict[str, str]:
    """Look up the labels of a series: references to names and values in turn."""
    if len(references) % 2 or (references and max(references) >= len(symbols)):
        raise mismatch(REMOTE_WRITE, f"labels that refer beyond the {len(symbols)} symbols")
    texts = [symbols[reference] for reference in references]
    return dict(zip(texts[::2], texts[1::2], strict=True))


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
