"""Remote write of both versions, as the packages of Prometheus 3 write it: see tests/data/remote_write/main.go."""

from __future__ import annotations

from pathlib import Path

import cramjam
import pytest

from stream.formats.rejections import BadMessageError
from stream.ingest.formats import READERS, recognise
from stream.ingest.readers.prometheus.remote_write import WriteRequest
from stream.ingest.samples.histograms import Histograms
from stream.ingest.samples.sample import Histogram, Kind, Sample
from stream.ingest.samples.series_names import SeriesNames

FOLDER = Path(__file__).resolve().parents[2] / "data" / "remote_write"
FORMAT = "prometheus-remote-write"
T = 1_795_466_329_000
LATER = T + 15_000


def samples(value: bytes) -> list[Sample]:
    histograms, found = Histograms(), []
    for each in READERS[FORMAT](value, 0):
        assert isinstance(each, (Sample, Histogram))
        found += [each] if isinstance(each, Sample) else list(histograms.samples(each))
    return found


def points(value: bytes) -> list[tuple[str, int, float]]:
    names = SeriesNames()
    return [(names.name(each.name, each.labels), each.timestamp_ms, round(each.value, 9)) for each in samples(value)]


LATENCY = [("latency_seconds_count{}", T, 12.0), ("latency_seconds_count{}", LATER, 15.0)] + [
    (f"latency_seconds_{suffix}{{}}", LATER, value) for suffix, value in (("mean", 2.0), ("p50", 12.0), ("p99", 15.92))
]


def latency(labels: str) -> list[tuple[str, int, float]]:
    """Give the points of the native histogram: three measurements between 8 and 16 came in the second reading."""
    return [(name.replace("{}", labels), timestamp_ms, value) for name, timestamp_ms, value in LATENCY]


def test_version_2_gives_samples_and_native_histograms_without_staleness_markers_and_exemplars() -> None:
    assert points((FOLDER / "version_2.bin").read_bytes()) == [
        ('http_requests_total{job="a"}', T, 7.0),
        ('up{job="a"}', T, 1.0),
        ('up{job="a"}', LATER, 1.0),
        *latency('{job="a"}'),
        ("queue_seconds_count", T, 6.0),
        ("queue_seconds_mean", T, 1.5),
        ("queue_seconds_p50", T, 1.0),
        ("queue_seconds_p99", T, 2.0),
    ]


def test_version_1_gives_its_native_histograms() -> None:
    assert points((FOLDER / "version_1.bin").read_bytes()) == latency("")


def test_a_counter_of_version_2_is_known_as_one() -> None:
    kinds = {each.name: each.kind for each in samples((FOLDER / "version_2.bin").read_bytes())}
    assert (kinds["http_requests_total"], kinds["up"]) == (Kind.CUMULATIVE, Kind.GAUGE)
    assert (kinds["latency_seconds_count"], kinds["queue_seconds_count"]) == (Kind.CUMULATIVE, Kind.DELTA)


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_are_recognised(version: int) -> None:
    assert recognise([((FOLDER / f"version_{version}.bin").read_bytes(), 0)]) == FORMAT


def request(references: list[int], **histogram: object) -> bytes:
    message = WriteRequest(symbols=["", "__name__", "up"])
    series = message.timeseries2.add(labels_refs=references)
    if histogram:
        series.histograms.add(timestamp=T, **histogram)
    message.timeseries2.add(labels_refs=[1, 2]).samples.add(value=1, timestamp=T)
    return bytes(cramjam.snappy.compress_raw(message.SerializeToString()))


@pytest.mark.parametrize("references", [[1], [1, 3], [2, 1], []])
def test_labels_that_are_no_labels_are_refused(references: list[int]) -> None:
    with pytest.raises(BadMessageError, match="format_mismatch: expected Prometheus remote write"):
        points(request(references))


@pytest.mark.parametrize(
    ("histogram", "text"),
    [
        ({"schema": 9}, "schema 9"),
        ({"positive_spans": [{"offset": 0, "length": 2}], "positive_deltas": [1]}, "1 counts for 2 buckets"),
        ({"positive_spans": [{"offset": 0, "length": 1}], "positive_deltas": [-1]}, "a count below 0"),
        ({"positive_spans": [{"offset": 0, "length": 4_000_000_000}]}, "more than 2,000 buckets"),
        ({"schema": -53, "custom_values": [2.0, 1.0]}, "do not ascend"),
        ({"zero_threshold": -1.0}, "zero threshold"),
    ],
)
def test_a_histogram_that_cannot_be_read_is_reported_and_harms_no_other_series(
    histogram: dict[str, object], text: str
) -> None:
    found: list[object] = []
    with pytest.raises(BadMessageError, match=text):
        found.extend(READERS[FORMAT](request([1, 2], **histogram), 0))
    assert [each.value for each in found if isinstance(each, Sample)] == [1.0]


def test_bounds_beyond_every_number_end_at_the_largest() -> None:
    spans = {"positive_spans": [{"offset": 60, "length": 2}], "positive_counts": [1.0, 1.0]}
    (found, _) = READERS[FORMAT](request([1, 2], schema=-4, **spans), 0)
    assert isinstance(found, Histogram)
    assert list(found.bounds) == sorted(found.bounds)
    assert sum(found.counts) == 2
