"""What a refused message looks like, and what to do about it."""

from __future__ import annotations

import pytest

from stream.formats.refused import ADVICE, INGEST, NO_LONGER_REFUSED, Foreign, advise, recognise
from stream.formats.rejections import Reason
from stream.ingest.formats import READERS
from tests.e2e.poison import POISON

OTLP = b"\x0a\x05" + b"\x12\x03abc" + b"\x0a\x02" + b"\x12\x00"
REMOTE_WRITE = b"\x82\x01" + bytes([60 << 2, 129]) + b"\x0a\x7f" + b"a" * 128
SAMPLES: dict[Foreign, bytes] = {
    Foreign.TELEGRAF_JSON: b'{"fields": {"load1": 2.5}, "name": "system", "tags": {}, "timestamp": 1795466329}',
    Foreign.OTLP_JSON: b'{"resourceMetrics": []}',
    Foreign.OTLP_PROTOBUF: OTLP,
    Foreign.REMOTE_WRITE: REMOTE_WRITE,
    Foreign.PROMETHEUS_JSON: b'{"labels": {"__name__": "up"}, "name": "up", "timestamp": "2026-11-23", "value": "1"}',
    Foreign.COLLECTD_JSON: b'[{"values": [1], "dsnames": ["value"], "dstypes": ["gauge"], "time": 1795466775.9}]',
    Foreign.PUTVAL: b"PUTVAL host-7/load/load interval=10 1795466775:1.5",
    Foreign.METRICBEAT: b'{"@timestamp": "2026-11-23T20:47:39Z", "metricset": {"name": "cpu"}}',
    Foreign.VECTOR: b'{"name": "up", "kind": "absolute", "gauge": {"value": 1}, "tags": {}}',
    Foreign.INFLUX: b"system,host=host-7 load1=2.52,n_cpus=2i 1795466329000000000\n",
    Foreign.GRAPHITE: b"host-7.load 1.5 1795466775\n",
    Foreign.STATSD: b"requests:1|c|@0.1",
    Foreign.FLAT_JSON: b'{"host": "host-7", "ts": 1795466775, "cpu": 71.5}',
}


@pytest.mark.parametrize(("name", "value"), SAMPLES.items())
def test_a_message_of_another_sender_is_recognised(name: Foreign, value: bytes) -> None:
    assert recognise(value) == name


def test_there_is_a_sample_of_each_format() -> None:
    assert set(SAMPLES) == set(Foreign)


def test_a_batch_of_telegraf_is_recognised() -> None:
    assert recognise(b'{"metrics": [%s]}' % SAMPLES[Foreign.TELEGRAF_JSON]) == Foreign.TELEGRAF_JSON


@pytest.mark.parametrize(
    "value", [None, b"", b"no JSON", b"\xff\xfe\xfd", b"[]", b'{"series": "cpu", "value": 1}', b"\x0a", b"3", b"\x80"]
)
def test_what_looks_like_nothing_known_is_given_no_name(value: bytes | None) -> None:
    assert recognise(value) is None


def test_there_is_advice_for_every_reason_and_every_format() -> None:
    assert set(ADVICE) == {*Reason, *Foreign}
    assert all(ADVICE.values())


def test_the_format_is_named_where_it_is_the_cause() -> None:
    assert advise(Reason.MISSING_FIELD, SAMPLES[Foreign.TELEGRAF_JSON]) == (
        Foreign.TELEGRAF_JSON,
        "send it to a topic of its own and run streamgauge ingest TOPIC=telegraf-json (docs/ingest.md)",
    )


def test_the_format_that_is_advised_is_one_that_ingest_reads() -> None:
    assert set(INGEST.values()) == READERS.keys() - {"native"}


def test_a_clock_that_is_ahead_is_the_cause_whatever_the_message_looks_like() -> None:
    looks_like, advice = advise(Reason.TIMESTAMP_FUTURE, SAMPLES[Foreign.FLAT_JSON])
    assert looks_like is None
    assert "clock" in advice


def test_what_an_earlier_version_refused_and_this_one_reads_is_to_be_replayed() -> None:
    point = b'{"series": "cpu", "timestamp": 1404172800, "value": 1, "unit": "s"}'
    assert "dlq replay" in advise("unknown_field", point)[1]
    assert "ingest TOPIC=telegraf-json" in advise("unknown_field", SAMPLES[Foreign.TELEGRAF_JSON])[1]
    assert not NO_LONGER_REFUSED & set(Reason)


def test_a_reason_of_another_version_is_said_to_be_one() -> None:
    assert "another version" in advise("bad_karma", b"a")[1]


@pytest.mark.parametrize("name", POISON)
def test_every_bad_message_gets_advice_whichever_is_the_first_of_its_reason(name: str) -> None:
    _, value, reason = POISON[name]
    assert advise(reason, value)[1]
