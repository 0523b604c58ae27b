"""OpenTelemetry metrics (OTLP), in protobuf and in JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp

from stream.formats.rejections import BadMessageError, Reason
from stream.formats.tolerant.numbers import number
from stream.ingest.samples.decoding import mismatch
from stream.ingest.samples.sample import Histogram, Kind, Sample

PROTOBUF = "OTLP protobuf"
JSON = "OTLP JSON"

NO_RECORDED_VALUE = otlp.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
DIMENSIONLESS = "1"

Point = TypeVar(
    "Point", otlp.NumberDataPoint, otlp.HistogramDataPoint, otlp.ExponentialHistogramDataPoint, otlp.SummaryDataPoint
)

MAX_BUCKETS = 2_000
"""More than any sender makes (OpenTelemetry: 160); what claims more is damaged."""


def read_protobuf(value: bytes, _received_ms: int) -> Iterator[Sample | Histogram]:
    """Read an export request."""
    try:
        request = ExportMetricsServiceRequest.FromString(value)
    except DecodeError as error:
        raise mismatch(PROTOBUF, error) from None
    yield from _of_request(request, PROTOBUF)


def read_json(value: bytes, _received_ms: int) -> Iterator[Sample | Histogram]:
    """Read an export request in protobuf's JSON; unknown fields are passed over."""
    try:
        request = json_format.Parse(value, ExportMetricsServiceRequest(), ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise mismatch(JSON, error) from None
    yield from _of_request(request, JSON)


def _of_request(request: ExportMetricsServiceRequest, format_name: str) -> Iterator[Sample | Histogram]:
    if not request.resource_metrics:
        raise mismatch(format_name, "no resource_metrics")
    for resource in request.resource_metrics:
        resource_labels = _labels(resource.resource.attributes)
        for metric in chain.from_iterable(scope.metrics for scope in resource.scope_metrics):
            if not metric.name:
                raise mismatch(format_name, "a metric without a name")
            unit = {"unit": metric.unit} if metric.unit and metric.unit != DIMENSIONLESS else {}
            yield from _of_metric(metric, resource_labels | unit)


def _of_metric(metric: otlp.Metric, labels: dict[str, str]) -> Iterator[Sample | Histogram]:
    match metric.WhichOneof("data"):
        case "gauge":
            yield from _numbers(metric.name, labels, metric.gauge.data_points, Kind.GAUGE)
        case "sum":
            yield from _numbers(metric.name, labels, metric.sum.data_points, _kind_of_sum(metric.sum))
        case "histogram":
            kind = _kind(metric.histogram.aggregation_temporality)
            for point in _recorded(metric.histogram.data_points):
                yield explicit(point, metric.name, labels | _labels(point.attributes), kind)
        case "exponential_histogram":
            kind = _kind(metric.exponential_histogram.aggregation_temporality)
            for sparse in _recorded(metric.exponential_histogram.data_points):
                yield exponential(sparse, metric.name, labels | _labels(sparse.attributes), kind)
        case "summary":
            for summary in _recorded(metric.summary.data_points):
                yield from _of_summary(summary, metric.name, labels | _labels(summary.attributes))


def _recorded(points: Iterable[Point]) -> Iterator[Point]:
    """Leave out staleness markers, which have no value."""
    return (point for point in points if not point.flags & NO_RECORDED_VALUE)


def _numbers(name: str, labels: dict[str, str], points: Iterable[otlp.NumberDataPoint], kind: Kind) -> Iterator[Sample]:
    for point in _recorded(points):
        value = number(point.as_int if point.WhichOneof("value") == "as_int" else point.as_double)
        if value is not None:
            yield Sample(name, labels | _labels(point.attributes), point.time_unix_nano // 1_000_000, value, kind)


def _of_summary(point: otlp.SummaryDataPoint, name: str, labels: dict[str, str]) -> Iterator[Sample]:
    timestamp_ms = point.time_unix_nano // 1_000_000
    yield Sample(f"{name}_count", labels, timestamp_ms, point.count, Kind.CUMULATIVE)
    for quantile in point.quantile_values:
        value = number(quantile.value)
        if value is not None:
            yield Sample(f"{name}_p{100 * quantile.quantile:g}", labels, timestamp_ms, value)


def _kind_of_sum(found: otlp.Sum) -> Kind:
    """Return a sum that may fall, such as bytes in use, as the level that it is."""
    kind = _kind(found.aggregation_temporality)
    return kind if found.is_monotonic or kind is Kind.DELTA else Kind.GAUGE


def _kind(temporality: int) -> Kind:
    return Kind.DELTA if temporality == otlp.AGGREGATION_TEMPORALITY_DELTA else Kind.CUMULATIVE


def _labels(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Return the attributes that are no lists and no bytes, as texts."""
    return dict(filter(None, map(_label, attributes)))


def _label(attribute: KeyValue) -> tuple[str, str] | None:
    value = attribute.value
    match value.WhichOneof("value"):
        case "string_value":
            return attribute.key, value.string_value
        case "bool_value":
            return attribute.key, str(value.bool_value).lower()
        case "int_value":
            return attribute.key, str(value.int_value)
        case "double_value":
            return attribute.key, f"{value.double_value:g}"
    return None


def explicit(point: otlp.HistogramDataPoint, name: str, labels: dict[str, str], kind: Kind) -> Histogram:
    """Read a histogram whose sender chose the bounds.

    Raises
    ------
    BadMessageError
        If bounds and counts do not fit each other.
    """
    bounds, counts = tuple(point.explicit_bounds), tuple(float(count) for count in point.bucket_counts)
    if not counts:  # Allowed: a count and a sum alone.
        bounds, counts = (), (float(point.count),)
    if len(counts) != len(bounds) + 1 or list(bounds) != sorted(bounds):
        raise BadMessageError(
            Reason.FORMAT_MISMATCH, f"histogram {name}: {len(counts)} counts for {len(bounds)} ascending bounds"
        )
    return Histogram(name, labels, _ms(point), kind, point.sum if point.HasField("sum") else None, bounds, counts)


def exponential(point: otlp.ExponentialHistogramDataPoint, name: str, labels: dict[str, str], kind: Kind) -> Histogram:
    """Read a histogram whose bounds are powers of 2 ** 2 ** -scale, on both sides of zero.

    Raises
    ------
    BadMessageError
        If the bounds are no numbers, or too many.
    """
    n_buckets = len(point.negative.bucket_counts) + len(point.positive.bucket_counts)
    if n_buckets > MAX_BUCKETS:
        raise BadMessageError(Reason.FORMAT_MISMATCH, f"histogram {name}: {n_buckets} buckets")
    try:
        above = [_power(point, point.positive.offset + i) for i in range(len(point.positive.bucket_counts) + 1)]
        below = [_power(point, point.negative.offset + i) for i in range(len(point.negative.bucket_counts) + 1)]
    except OverflowError:
        raise BadMessageError(
            Reason.FORMAT_MISMATCH, f"histogram {name}: bounds beyond every number, scale {point.scale}"
        ) from None
    negative = list(reversed(point.negative.bucket_counts))
    bounds = [-bound for bound in reversed(below)] if negative else []
    counts = [0, *negative] if negative else []
    bounds += above if point.positive.bucket_counts else [0.0]
    counts += (
        [point.zero_count, *point.positive.bucket_counts, 0] if point.positive.bucket_counts else [point.zero_count, 0]
    )
    total = point.sum if point.HasField("sum") else None
    return Histogram(name, labels, _ms(point), kind, total, tuple(bounds), tuple(float(count) for count in counts))


def _power(point: otlp.ExponentialHistogramDataPoint, index: int) -> float:
    return math.pow(2.0, index * math.pow(2.0, -point.scale))


def _ms(point: otlp.HistogramDataPoint | otlp.ExponentialHistogramDataPoint) -> int:
    return point.time_unix_nano // 1_000_000
