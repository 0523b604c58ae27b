"""Vector's metrics, as its Kafka sink writes them with the codec json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec

from stream.formats.tolerant import moments
from stream.formats.tolerant.numbers import number
from stream.ingest.samples.decoding import decode, mismatch
from stream.ingest.samples.histograms import of_measurements
from stream.ingest.samples.sample import Histogram, Kind, Sample

FORMAT = "Vector metric JSON"


class _Value(msgspec.Struct, gc=False):
    value: float | None


class _Set(msgspec.Struct, gc=False):
    values: list[str]


class _Weighted(msgspec.Struct, gc=False):
    value: float
    rate: int


class _Distribution(msgspec.Struct, gc=False):
    samples: list[_Weighted]


class _Bucket(msgspec.Struct, gc=False):
    count: float
    upper_limit: float | None = None


class _Buckets(msgspec.Struct, gc=False):
    buckets: list[_Bucket]
    count: float
    sum: float


class _Quantile(msgspec.Struct, gc=False):
    quantile: float
    value: float | None


class _Summary(msgspec.Struct, gc=False):
    quantiles: list[_Quantile]
    count: float
    sum: float


class _VectorMetric(msgspec.Struct, gc=False):
    name: str
    kind: Literal["absolute", "incremental"]
    namespace: str | None = None
    tags: dict[str, str | list[str | None] | None] | None = None
    timestamp: str | None = None
    counter: _Value | None = None
    gauge: _Value | None = None
    set: _Set | None = None
    distribution: _Distribution | None = None
    aggregated_histogram: _Buckets | None = None
    aggregated_summary: _Summary | None = None


_metric = msgspec.json.Decoder(_VectorMetric)


def read(value: bytes, received_ms: int) -> Iterator[Sample | Histogram]:
    """Read one metric: counter, gauge, set (its size), distribution, histogram or summary."""
    metric = decode(_metric, value, FORMAT)
    name = metric.name if metric.namespace is None else f"{metric.namespace}_{metric.name}"
    labels = {tag: text for tag, text in (metric.tags or {}).items() if isinstance(text, str)}
    timestamp_ms = received_ms if metric.timestamp is None else moments.to_ms(metric.timestamp)
    kind = Kind.DELTA if metric.kind == "incremental" else Kind.CUMULATIVE
    if metric.aggregated_histogram is not None:
        yield _histogram(metric.aggregated_histogram, name, labels, timestamp_ms, kind)
    elif metric.distribution is not None:
        yield from of_measurements(name, labels, timestamp_ms, _weights(metric.distribution))
    elif metric.aggregated_summary is not None:
        yield Sample(f"{name}_count", labels, timestamp_ms, metric.aggregated_summary.count, kind)
        for quantile in metric.aggregated_summary.quantiles:
            if quantile.value is not None:
                yield Sample(f"{name}_p{100 * quantile.quantile:g}", labels, timestamp_ms, quantile.value)
    else:
        yield from _plain(metric, name, labels, timestamp_ms, kind)


def _plain(metric: _VectorMetric, name: str, labels: dict[str, str], timestamp_ms: int, kind: Kind) -> Iterator[Sample]:
    """Return the one number of a counter, a gauge or a set."""
    if metric.gauge is not None and metric.kind == "incremental":
        raise mismatch(FORMAT, f"the gauge {name} relative to its last value, which is not known here")
    if metric.counter is None and metric.gauge is None and metric.set is None:
        raise mismatch(FORMAT, "none of counter, gauge, set, distribution, aggregated_histogram, aggregated_summary")
    if metric.set is not None:
        yield Sample(name, labels, timestamp_ms, len(metric.set.values))
        return
    found = metric.counter or metric.gauge
    value = None if found is None else number(found.value)
    if value is not None:
        yield Sample(name, labels, timestamp_ms, value, Kind.GAUGE if metric.counter is None else kind)


def _histogram(found: _Buckets, name: str, labels: dict[str, str], timestamp_ms: int, kind: Kind) -> Histogram:
    buckets = sorted((bucket for bucket in found.buckets if bucket.upper_limit is not None), key=_limit)
    bounds = tuple(map(_limit, buckets))
    inside = [bucket.count for bucket in buckets]
    counts = (*inside, max(0.0, found.count - sum(inside)))
    return Histogram(name, labels, timestamp_ms, kind, found.sum, bounds, counts)


def _limit(bucket: _Bucket) -> float:
    return bucket.upper_limit or 0.0


def _weights(distribution: _Distribution) -> Counter[float]:
    weights: Counter[float] = Counter()
    for sample in distribution.samples:
        weights[sample.value] += sample.rate
    return weights
