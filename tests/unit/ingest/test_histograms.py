"""Histograms, in whichever way a sender packs them, give count, mean, p50 and p99."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp

from stream.ingest.formats import READERS
from stream.ingest.samples.histograms import Histograms, quantile
from stream.ingest.samples.sample import Histogram, Kind
from tests.unit.ingest.captures import points_of

T_NS = 1_795_466_329_000_000_000
T = T_NS // 1_000_000
DELTA = otlp.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = otlp.AGGREGATION_TEMPORALITY_CUMULATIVE


def request(metric: otlp.Metric) -> bytes:
    message = ExportMetricsServiceRequest()
    resource = message.resource_metrics.add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = "shop"
    resource.scope_metrics.add().metrics.append(metric)
    return bytes(message.SerializeToString())


def test_a_histogram_of_an_interval_gives_its_count_mean_and_quantiles() -> None:
    metric = otlp.Metric(name="latency", unit="ms")
    metric.histogram.aggregation_temporality = DELTA
    metric.histogram.data_points.add(
        time_unix_nano=T_NS, count=10, sum=150, explicit_bounds=[10, 20, 40], bucket_counts=[0, 8, 2, 0]
    )
    labels = '{service.name="shop",unit="ms"}'
    assert points_of("otlp-protobuf", request(metric)) == {
        f"latency_count{labels}": (T, 10.0),
        f"latency_mean{labels}": (T, 15.0),
        f"latency_p50{labels}": (T, 16.25),  # The fifth of the eight that lie between 10 and 20.
        f"latency_p99{labels}": (T, 39.0),  # 1.9 of the two that lie between 20 and 40.
    }


def test_an_exponential_histogram_gives_them_too() -> None:
    metric = otlp.Metric(name="latency")
    metric.exponential_histogram.aggregation_temporality = DELTA
    point = metric.exponential_histogram.data_points.add(time_unix_nano=T_NS, count=8, sum=24, scale=0, zero_count=2)
    point.positive.offset = 1  # Bounds 2, 4, 8.
    point.positive.bucket_counts.extend([4, 2])
    points = points_of("otlp-protobuf", request(metric))
    labels = '{service.name="shop"}'
    assert points[f"latency_count{labels}"] == (T, 8.0)
    assert points[f"latency_mean{labels}"] == (T, 3.0)
    assert points[f"latency_p50{labels}"] == (T, 3.0)  # Half of the four between 2 and 4.
    assert points[f"latency_p99{labels}"][1] == pytest.approx(7.84)  # 1.92 of the two between 4 and 8.


def test_an_exponential_histogram_with_negative_measurements_has_ascending_bounds() -> None:
    metric = otlp.Metric(name="change")
    metric.exponential_histogram.aggregation_temporality = DELTA
    point = metric.exponential_histogram.data_points.add(time_unix_nano=T_NS, count=7, scale=0, zero_count=1)
    point.negative.bucket_counts.extend([1, 2])  # Minus 2 to minus 1, and minus 4 to minus 2.
    point.positive.bucket_counts.extend([3])
    [found] = READERS["otlp-protobuf"](request(metric), 0)
    assert isinstance(found, Histogram)
    assert found.bounds == (-4.0, -2.0, -1.0, 1.0, 2.0)
    assert found.counts == (0.0, 2.0, 1.0, 1.0, 3.0, 0.0)
    assert found.total is None


def test_a_summary_gives_its_count_and_the_quantiles_that_it_has() -> None:
    metric = otlp.Metric(name="took", unit="s")
    point = metric.summary.data_points.add(time_unix_nano=T_NS, count=5, sum=10)
    point.quantile_values.add(quantile=0.5, value=1.5)
    point.quantile_values.add(quantile=0.99, value=float("nan"))
    labels = '{service.name="shop",unit="s"}'
    expected = {f"took_count{labels}": (T, 5.0), f"took_p50{labels}": (T, 1.5)}
    assert points_of("otlp-protobuf", request(metric)) == expected


def test_a_point_without_a_recorded_value_is_no_point() -> None:
    metric = otlp.Metric(name="up")
    metric.gauge.data_points.add(time_unix_nano=T_NS, flags=1)
    assert points_of("otlp-protobuf", request(metric)) == {}


def cumulative(timestamp_ms: int, total: float, counts: tuple[float, ...], **labels: str) -> Histogram:
    return Histogram("latency", labels, timestamp_ms, Kind.CUMULATIVE, total, (10.0, 20.0), counts)


def numbers(histograms: Histograms, histogram: Histogram) -> dict[str, float]:
    return {sample.name: sample.value for sample in histograms.samples(histogram)}


def test_a_cumulative_histogram_gives_what_came_since_its_last_reading() -> None:
    histograms = Histograms()
    assert numbers(histograms, cumulative(1, 5.0, (1, 0, 0), host="a")) == {"latency_count": 1}
    assert numbers(histograms, cumulative(1, 100.0, (0, 50, 0), host="b")) == {"latency_count": 50}
    assert numbers(histograms, cumulative(2, 65.0, (1, 4, 0), host="a")) == {
        "latency_count": 5,
        "latency_mean": 15.0,
        "latency_p50": 15.0,
        "latency_p99": pytest.approx(19.9),
    }


def test_a_restart_of_the_sender_gives_the_count_alone() -> None:
    histograms = Histograms()
    list(histograms.samples(cumulative(1, 90.0, (9, 0, 0))))
    assert numbers(histograms, cumulative(2, 10.0, (1, 0, 0))) == {"latency_count": 1}
    assert numbers(histograms, cumulative(3, 20.0, (2, 0, 0)))["latency_mean"] == 10.0


def test_an_older_reading_is_not_taken_for_what_came_last() -> None:
    histograms = Histograms()
    list(histograms.samples(cumulative(2, 20.0, (2, 0, 0))))
    assert numbers(histograms, cumulative(1, 10.0, (1, 0, 0))) == {"latency_count": 1}
    assert numbers(histograms, cumulative(3, 30.0, (3, 0, 0)))["latency_mean"] == 10.0


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=20).filter(any),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_larger_share_never_has_a_smaller_quantile(counts: list[int], one: float, other: float) -> None:
    bounds = [float(i + 1) for i in range(len(counts) - 1)]
    low, high = (quantile(bounds, counts, share) for share in sorted((one, other)))
    assert 0 <= low <= high <= bounds[-1]


def in_buckets(timestamp_ms: int, bounds: tuple[float, ...], counts: tuple[float, ...]) -> Histogram:
    return Histogram("latency", {}, timestamp_ms, Kind.CUMULATIVE, None, bounds, counts)


@pytest.mark.parametrize(
    ("bounds", "counts"),
    [
        ((1.0, 2.0, 4.0), (0.0, 3.0, 2.0, 0.0)),
        ((1.0, 4.0), (0.0, 5.0, 0.0)),
        ((0.5, 1.0, 2.0, 4.0, 8.0), (0.0, 0.0, 3.0, 2.0, 0.0, 0.0)),
    ],
    ids=["a new bucket", "a coarser scale", "new buckets on both sides"],
)
def test_an_interval_is_known_while_the_buckets_change(bounds: tuple[float, ...], counts: tuple[float, ...]) -> None:
    histograms = Histograms()
    list(histograms.samples(in_buckets(T, (1.0, 2.0), (0.0, 3.0, 0.0))))
    found = {each.name: each.value for each in histograms.samples(in_buckets(T + 1, bounds, counts))}
    assert set(found) == {"latency_count", "latency_p50", "latency_p99"}
    assert 1.0 < found["latency_p50"] <= 4.0


def test_an_interval_is_unknown_if_a_bucket_was_split() -> None:
    histograms = Histograms()
    list(histograms.samples(in_buckets(T, (1.0, 4.0), (0.0, 3.0, 0.0))))
    found = {each.name for each in histograms.samples(in_buckets(T + 1, (1.0, 2.0, 4.0), (0.0, 3.0, 2.0, 0.0)))}
    assert found == {"latency_count"}
