"""Every captured message gives the points that its sender meant: a dozen by hand, the others counted."""

from __future__ import annotations

import json
from typing import Any

import cramjam
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from stream.ingest.formats import READERS, recognise
from stream.ingest.readers.prometheus.remote_write import WriteRequest
from stream.ingest.samples.histograms import Histograms
from stream.ingest.samples.series_names import SeriesNames
from tests.unit.ingest.captures import FORMATS, captured, points_of, samples_from, samples_of

HOST = '{host="host-7"}'
PROMETHEUS = 'instance="127.0.0.1:29100",job="node"'
SYSTEM = {
    f"system_load1{HOST}": (1795466329000, 2.52),
    f"system_load15{HOST}": (1795466329000, 2.4),
    f"system_load5{HOST}": (1795466329000, 2.87),
    f"system_n_cpus{HOST}": (1795466329000, 2.0),
    f"system_n_physical_cpus{HOST}": (1795466329000, 2.0),
}
BY_HAND: list[tuple[str, int, dict[str, tuple[int, float]]]] = [
    ("telegraf_json", 1, SYSTEM),
    ("telegraf_json", 2, {f"system_uptime{HOST}": (1795466329000, 2326.0)}),
    ("telegraf_json", 3, {}),  # A text alone: uptime_format.
    ("telegraf_influx", 1, SYSTEM),
    ("telegraf_influx", 3, {}),
    ("collectd_json", 0, {'memory{host="host-7",type_instance="buffered"}': (1795466775939, 244789248.0)}),
    (
        "collectd_json",
        6,
        {
            f"load_shortterm{HOST}": (1795466775939, 3.49560546875),
            f"load_midterm{HOST}": (1795466775939, 2.728515625),
            f"load_longterm{HOST}": (1795466775939, 2.49609375),
        },
    ),
    (
        "collectd_json",
        7,
        {'cpu_percent{host="host-7",plugin_instance="0",type_instance="system"}': (1795466776934, 26.0)},
    ),
    ("collectd_command", 0, {'memory{host="host-7",type_instance="used"}': (1796008651874, 3877564416.0)}),
    ("collectd_graphite", 0, {"host-7.memory.memory-used": (1796008652000, 3877564416.0)}),
    (
        "prometheus_json",
        0,
        {f'node_cpu_seconds_total{{cpu="0",{PROMETHEUS},mode="idle",site="lab"}}': (1795466859000, 1482.92)},
    ),
    (
        "prometheus_json",
        20,
        {f'node_cpu_seconds_total{{cpu="1",{PROMETHEUS},mode="system",site="lab"}}': (1795466859000, 234.27)},
    ),
    (
        "otlp_json",
        0,
        {
            'system.memory.usage{state="used",unit="By"}': (1795466832095, 2526924800.0),
            'system.memory.usage{state="free",unit="By"}': (1795466832095, 13775114240.0),
            'system.memory.usage{state="buffered",unit="By"}': (1795466832095, 192516096.0),
            'system.memory.usage{state="cached",unit="By"}': (1795466832095, 9132302336.0),
            'system.memory.usage{state="slab_reclaimable",unit="By"}': (1795466832095, 968732672.0),
            'system.memory.usage{state="slab_unreclaimable",unit="By"}': (1795466832095, 73424896.0),
            'system.memory.utilization{state="used"}': (1795466832095, 0.09997123654),
            'system.memory.utilization{state="free"}': (1795466832095, 0.54497672591),
            'system.memory.utilization{state="buffered"}': (1795466832095, 0.00761640084),
            'system.memory.utilization{state="cached"}': (1795466832095, 0.36129589493),
            'system.memory.utilization{state="slab_reclaimable"}': (1795466832095, 0.03832539975),
            'system.memory.utilization{state="slab_unreclaimable"}': (1795466832095, 0.00290486589),
            'system.cpu.logical.count{unit="{cpu}"}': (1795466832096, 2.0),
            'system.cpu.time{state="user",unit="s"}': (1795466832096, 1085.9699999999998),
            'system.cpu.time{state="system",unit="s"}': (1795466832096, 437.21),
            'system.cpu.time{state="idle",unit="s"}': (1795466832096, 2852.75),
            'system.cpu.time{state="interrupt",unit="s"}': (1795466832096, 0.0),
            'system.cpu.time{state="nice",unit="s"}': (1795466832096, 1199.56),
            'system.cpu.time{state="softirq",unit="s"}': (1795466832096, 19.62),
            'system.cpu.time{state="steal",unit="s"}': (1795466832096, 1.8199999999999998),
            'system.cpu.time{state="wait",unit="s"}': (1795466832096, 11.26),
        },
    ),
]


@pytest.mark.parametrize(("name", "number", "expected"), BY_HAND)
def test_a_captured_message_gives_the_points_that_its_sender_meant(
    name: str, number: int, expected: dict[str, tuple[int, float]]
) -> None:
    assert points_of(FORMATS[name], captured(name)[number].value) == expected


def test_a_protobuf_message_gives_the_points_that_its_sender_meant() -> None:
    points = points_of("otlp-protobuf", captured("otlp_protobuf")[0].value)
    expected = {
        'system.cpu.logical.count{unit="{cpu}"}': (1795466832217, 2.0),
        'system.cpu.time{state="user",unit="s"}': (1795466832217, 1086.02),
        'system.cpu.time{state="system",unit="s"}': (1795466832217, 437.28),
        'system.cpu.time{state="idle",unit="s"}': (1795466832217, 2852.75),
        'system.cpu.time{state="nice",unit="s"}': (1795466832217, 1199.67),
    }
    assert {series: points[series] for series in expected} == expected


def test_a_remote_write_request_holds_several_scrapes() -> None:
    samples = samples_of("prometheus-remote-write", captured("prometheus_remote_write")[0].value)
    labels = {"instance": "127.0.0.1:19290", "job": "prometheus"}
    up = [(sample.timestamp_ms, sample.value) for sample in samples if (sample.name, sample.labels) == ("up", labels)]
    assert up == [(1796008597792, 1.0), (1796008599792, 1.0)]
    cpu = [sample for sample in samples if sample.name == "process_cpu_seconds_total"]
    assert [(sample.timestamp_ms, sample.value) for sample in cpu] == [(1796008597792, 0.22), (1796008599792, 0.26)]


SDK: dict[str, Any] = {
    'orders{route="home",service.name="shop",unit="{order}"}': 5.0,
    'took_count{service.name="shop",unit="s"}': 4.0,
    'took_mean{service.name="shop",unit="s"}': (0.05 + 0.2 + 0.3 + 2.0) / 4,
    'took_p50{service.name="shop",unit="s"}': 0.3,  # The second of 4, in the middle of those from 0.1 to 0.5.
    'took_p99{service.name="shop",unit="s"}': 1.0,  # The last bucket has no end.
    'size_count{service.name="shop",unit="By"}': 4.0,
    'size_mean{service.name="shop",unit="By"}': 175.0,
    'size_p50{service.name="shop",unit="By"}': pytest.approx(100, rel=0.01),
    'size_p99{service.name="shop",unit="By"}': pytest.approx(400, rel=0.01),
    'queue{service.name="shop"}': 4.0,
    'temperature{service.name="shop"}': 21.5,
}
"""Of the second round: 5 orders, four times of 0.05 to 2 s, four sizes of 0 to 400 bytes, a queue that grew by 2."""


def test_an_sdk_s_counters_and_histograms_of_an_interval_are_those_of_the_interval() -> None:
    delta = captured("otlp_sdk")[3]
    points = {series: value for series, (_, value) in points_of("otlp-protobuf", delta.value).items()}
    assert points == {series: pytest.approx(value) for series, value in SDK.items()}


def test_an_sdk_s_cumulative_histograms_give_the_same_from_their_second_reading_on() -> None:
    histograms, names = Histograms(), SeriesNames()
    for message in captured("otlp_sdk")[0:3:2]:
        samples = samples_from(READERS["otlp-protobuf"](message.value, 0), histograms)
    points = {names.name(sample.name, sample.labels): sample.value for sample in samples}
    since_the_start = {series: 2 * SDK[series] for series in SDK if "orders" in series or "count" in series}
    assert points == {series: pytest.approx(value) for series, value in (SDK | since_the_start).items()}


def n_numbers(name: str, value: bytes) -> int:
    """Count the numbers of a message by other means than the readers'."""
    match name:
        case "telegraf_json":
            return sum(isinstance(field, (int, float)) for field in json.loads(value)["fields"].values())
        case "telegraf_influx":
            return sum(
                not field.endswith('"') for field in value.decode().rsplit(" ", 1)[0].split(" ", 1)[1].split(",")
            )
        case "collectd_json":
            return sum(len(found["values"]) for found in json.loads(value))
        case "prometheus_json":
            return 1
        case "collectd_command":
            return value.rpartition(b" ")[2].count(b":")
        case "collectd_graphite":
            return value.count(b"\r\n")
        case "prometheus_remote_write":
            request = WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(value)))
            return sum(len(series.samples) for series in request.timeseries)
        case "otlp_protobuf":
            value = json_format.MessageToJson(ExportMetricsServiceRequest.FromString(value)).encode()
    return value.count(b"asInt") + value.count(b"asDouble")


@pytest.mark.parametrize("name", FORMATS)
def test_every_number_of_a_capture_becomes_a_point(name: str) -> None:
    messages = captured(name)
    counts = [len(samples_of(FORMATS[name], message.value)) for message in messages]
    assert counts == [n_numbers(name, message.value) for message in messages]
    assert sum(counts) >= 90


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_of_a_capture_is_recognised(name: str) -> None:
    assert recognise(captured(name)[:50]) == FORMATS[name]


@pytest.mark.parametrize(("one", "other"), [("telegraf_json", "telegraf_influx"), ("otlp_json", "otlp_protobuf")])
def test_both_codings_of_a_sender_name_the_same_series(one: str, other: str) -> None:
    """What a user writes a rule for must not depend on how the sender packs it."""
    names = SeriesNames()
    of_one, of_other = (
        {
            names.name(sample.name, sample.labels)
            for message in captured(name)
            for sample in samples_of(FORMATS[name], message.value)
        }
        for name in (one, other)
    )
    assert of_one == of_other
