"""What each format means, message by message; the expected values are written by hand."""

from __future__ import annotations

import json
import struct

import cramjam
import pytest

from stream.formats.rejections import BadMessageError
from stream.ingest.formats import READERS, recognise
from stream.ingest.readers.prometheus.remote_write import WriteRequest
from stream.ingest.samples.sample import Histogram, Kind, Sample, SampleRow
from stream.ingest.samples.series_names import SeriesNames
from tests.unit.ingest.captures import points_of, samples_from, samples_of

T = 1_795_466_329_000
RECEIVED = 1_795_466_330_123
STALE_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def remote_write(series: dict[tuple[tuple[str, str], ...], list[tuple[float, int]]]) -> bytes:
    request = WriteRequest()
    for labels, samples in series.items():
        added = request.timeseries.add()
        for name, value in labels:
            added.labels.add(name=name, value=value)
        for number, timestamp in samples:
            added.samples.add(value=number, timestamp=timestamp)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def metricbeat(**more: object) -> bytes:
    event = {
        "@timestamp": "2026-11-23T20:38:49.000Z",
        "@metadata": {"beat": "metricbeat", "version": "8.15.0"},
        "event": {"module": "system", "dataset": "system.filesystem", "duration": 115_000},
        "metricset": {"name": "filesystem", "period": 10_000},
        "host": {"name": "host-7"},
        "agent": {"version": "8.15.0"},
        "system": {"filesystem": {"mount_point": "/var", "used": {"pct": 0.25, "bytes": 1024}, "options": ["rw"]}},
    }
    return json.dumps(event | more).encode()


CASES: list[tuple[str, bytes, dict[str, tuple[int, float]]]] = [
    (
        "telegraf-json",
        b'{"metrics":[{"fields":{"value":1.5,"up":true,"note":"x"},"name":"a","tags":{},"timestamp":1795466329},'
        b'{"fields":{"n":2},"name":"b","tags":{"host":"h"},"timestamp":1795466329000}]}',
        {"a": (T, 1.5), "a_up": (T, 1.0), 'b_n{host="h"}': (T, 2.0)},
    ),
    (
        "influx",
        b'# a comment\ncpu,host=h\\ 1,cpu=cpu0 idle=97.5,n=3i,on=t,note="a b" 1795466329000000000\nload value=2\n',
        {
            'cpu_idle{cpu="cpu0",host="h 1"}': (T, 97.5),
            'cpu_n{cpu="cpu0",host="h 1"}': (T, 3.0),
            'cpu_on{cpu="cpu0",host="h 1"}': (T, 1.0),
            "load": (RECEIVED, 2.0),
        },
    ),
    (
        "prometheus-json",
        b'{"labels":{"__name__":"up","job":"a"},"name":"up","timestamp":"2026-11-23T20:38:49Z","value":"NaN"}',
        {},
    ),
    (
        "prometheus-remote-write",
        remote_write(
            {
                (("__name__", "up"), ("job", "a")): [(1.0, T)],
                (("__name__", "gone"), ("job", "a")): [(STALE_NAN, T)],
                (("__name__", "http_total"),): [(7.0, T + 15_000)],
            }
        ),
        {'up{job="a"}': (T, 1.0), "http_total": (T + 15_000, 7.0)},
    ),
    (
        "collectd-json",
        b'[{"values":[null,5],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1795466329.0,"interval":10,'
        b'"host":"h","plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":""}]',
        {'interface_if_octets_tx{host="h",plugin_instance="eth0"}': (T, 5.0)},
    ),
    (
        "collectd-command",
        b'PUTVAL "host-7/cpu-0/percent-idle" interval=1.000 1795466329.000:97.5\r\n'
        b"PUTVAL host-7/load/load interval=10 N:0.5:0.25:U\n\0",
        {
            'cpu_percent{host="host-7",plugin_instance="0",type_instance="idle"}': (T, 97.5),
            'load_0{host="host-7"}': (RECEIVED, 0.5),
            'load_1{host="host-7"}': (RECEIVED, 0.25),
        },
    ),
    (
        "graphite",
        b"host-7.cpu-0.percent-idle 97.500000 1795466329\r\n"
        b"disk.used;host=h;disk=sda 5 1795466329\nload 1 -1\nx nan 1\n",
        {"host-7.cpu-0.percent-idle": (T, 97.5), 'disk.used{disk="sda",host="h"}': (T, 5.0), "load": (RECEIVED, 1.0)},
    ),
    (
        "statsd",
        b"hits:2|c\nhits:3|c|@0.5\ntemp:20.5|g\ntemp:21|g|#room:lab,outside\nlatency:10|ms\nlatency:30|ms\nusers:ann|s\n",
        {
            "hits": (RECEIVED, 8.0),
            "temp": (RECEIVED, 20.5),
            'temp{outside="true",room="lab"}': (RECEIVED, 21.0),
            "latency_count": (RECEIVED, 2.0),
            "latency_mean": (RECEIVED, 20.0),
            "latency_p50": (RECEIVED, 10.0),
            "latency_p99": (RECEIVED, 30.0),
        },
    ),
    (
        "vector",
        b'{"name":"cpu_seconds_total","namespace":"host","tags":{"host":"h","mode":"idle"},'
        b'"timestamp":"2026-11-23T20:38:49.000000001Z","kind":"absolute","counter":{"value":1482.5}}',
        {'host_cpu_seconds_total{host="h",mode="idle"}': (T, 1482.5)},
    ),
    (
        "vector",
        b'{"name":"took","kind":"incremental","timestamp":"2026-11-23T20:38:49Z","distribution":'
        b'{"samples":[{"value":1.0,"rate":3},{"value":5.0,"rate":1}],"statistic":"histogram"}}',
        {"took_count": (T, 4.0), "took_mean": (T, 2.0), "took_p50": (T, 1.0), "took_p99": (T, 5.0)},
    ),
    (
        "vector",
        b'{"name":"took","kind":"incremental","timestamp":"2026-11-23T20:38:49Z","aggregated_histogram":'
        b'{"buckets":[{"upper_limit":1.0,"count":2},{"upper_limit":2.0,"count":2}],"count":4,"sum":4.0}}',
        {"took_count": (T, 4.0), "took_mean": (T, 1.0), "took_p50": (T, 1.0), "took_p99": (T, 1.98)},
    ),
    ("vector", b'{"name":"users","kind":"incremental","set":{"values":["a","b"]}}', {"users": (RECEIVED, 2.0)}),
    (
        "metricbeat",
        metricbeat(),
        {
            'system.filesystem.used.pct{host="host-7",mount_point="/var"}': (T, 0.25),
            'system.filesystem.used.bytes{host="host-7",mount_point="/var"}': (T, 1024.0),
        },
    ),
    (
        "json",
        b'{"host": "h", "ts": 1795466329, "cpu": 0.5, "mem": {"free": 5, "note": null}, "up": true, "bad": NaN}',
        {'cpu{host="h"}': (T, 0.5), 'mem.free{host="h"}': (T, 5.0), 'up{host="h"}': (T, 1.0)},
    ),
    (
        "json",
        b'[{"metric": "cpu", "value": "1.5", "time": "2026-11-23 20:38:49", "tags": {"host": "h"}},'
        b' {"metric": "cpu", "value": null, "time": "2026-11-23 20:38:49", "tags": {"host": "i"}}]',
        {'cpu{host="h"}': (T, 1.5)},
    ),
    (
        "json",
        b'{"t": 21.5, "room": "lab"}\n{"t": 1795466329000000, "x": 1}\n',
        {'t{room="lab"}': (RECEIVED, 21.5), "x": (T, 1.0)},
    ),
    ("native", b'{"series":"a","timestamp":"1795466329000","value":"1.5","unit":"s"}', {"a": (T, 1.5)}),
    (
        "native",
        b'{"series":"a","points":[[1795466329,1],[1795466330.5,null],["2026-11-23T20:38:49Z",2]]}',
        {"a": (T, 2)},
    ),
]


@pytest.mark.parametrize(("format_name", "value", "expected"), CASES[:-1])
def test_a_message_gives_the_points_that_its_sender_meant(
    format_name: str, value: bytes, expected: dict[str, tuple[int, float]]
) -> None:
    points = points_of(format_name, value, RECEIVED)
    assert {series: point[0] for series, point in points.items()} == {series: t for series, (t, _) in expected.items()}
    assert {series: point[1] for series, point in points.items()} == pytest.approx(
        {series: number for series, (_, number) in expected.items()}
    )


def test_native_columns_give_every_point_but_a_null() -> None:
    points = [(sample.timestamp_ms, sample.value) for sample in samples_of(CASES[-1][0], CASES[-1][1])]
    assert points == [(T, 1.0), (T, 2.0)]


@pytest.mark.parametrize(("format_name", "value"), [case[:2] for case in CASES if case[2]])
def test_the_format_of_a_message_is_recognised(format_name: str, value: bytes) -> None:
    assert recognise([(value, RECEIVED)]) == format_name


def test_what_a_sender_calls_a_counter_or_a_difference_is_known_as_one() -> None:
    assert [sample.kind for sample in samples_of("statsd", b"a:1|c\nb:1|g")] == [Kind.DELTA, Kind.GAUGE]
    counter = b'{"name":"n","kind":"%s","timestamp":"2026-11-23T20:38:49Z","counter":{"value":1}}'
    assert samples_of("vector", counter % b"absolute")[0].kind is Kind.CUMULATIVE
    assert samples_of("vector", counter % b"incremental")[0].kind is Kind.DELTA


WITHOUT_POINTS = {("json", b"{}"), ("collectd-json", b"[]")}
"""Not wrong, only empty."""


@pytest.mark.parametrize("format_name", READERS)
@pytest.mark.parametrize("value", [b"", b"\xff\xfe\x00", b"null", b"[]", b"{}", b"[1]", b"[" * 100_000, b"a b c d"])
def test_what_is_not_of_a_format_is_refused_with_what_was_expected(format_name: str, value: bytes) -> None:
    if (format_name, value) in WITHOUT_POINTS:
        assert samples_of(format_name, value) == []
        return
    with pytest.raises(BadMessageError, match=r"^format_mismatch: expected "):
        samples_of(format_name, value)


@pytest.mark.parametrize(
    ("format_name", "value", "good"),
    [
        ("influx", b"a x=1 1795466329\nnot a line\nb x=2 1795466329\n", {"a_x": (T, 1.0), "b_x": (T, 2.0)}),
        ("graphite", b"a 1 1795466329\nb one 1795466329\nc 2 1795466329\n", {"a": (T, 1.0), "c": (T, 2.0)}),
        ("collectd-command", b"PUTVAL h/a/b 1795466329:1\nPUTVAL h/a 1795466329:2\n", {'a_b{host="h"}': (T, 1.0)}),
        ("statsd", b"a:1|c\nb:+1|g\nc:x|c\nd:1|c|@2\n", {"a": (0, 1.0)}),
    ],
)
def test_a_bad_line_is_reported_and_harms_no_other_line(
    format_name: str, value: bytes, good: dict[str, tuple[int, float]]
) -> None:
    found: list[Sample | SampleRow | Histogram] = []
    with pytest.raises(BadMessageError):
        found.extend(READERS[format_name](value, 0))
    names = SeriesNames()
    points = {names.name(sample.name, sample.labels): sample[2:4] for sample in samples_from(found)}
    assert points == good


@pytest.mark.parametrize("time", ["null", '"noon"', "true", "1e300", "{}"])
def test_a_time_that_cannot_be_read_is_not_replaced_by_a_guess(time: str) -> None:
    with pytest.raises(BadMessageError, match="timestamp_unreadable"):
        samples_of("json", f'{{"timestamp": {time}, "cpu": 1}}'.encode(), RECEIVED)


def test_a_request_that_unpacks_to_more_than_the_limit_is_refused_unpacked() -> None:
    with pytest.raises(BadMessageError, match="bytes when unpacked, the limit is"):
        samples_of("prometheus-remote-write", bytes(cramjam.snappy.compress_raw(bytes(65 << 20))))
