"""OTLP's two histograms as buckets with upper bounds."""

from __future__ import annotations

import math

from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp

from stream.formats.rejections import BadMessageError, Reason
from stream.ingest.samples.sample import Histogram, Kind

MAX_BUCKETS = 2_000
"""More than any sender makes (OpenTelemetry: 160); what claims more is damaged."""


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
