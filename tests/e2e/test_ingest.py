"""Bytes of real senders on a real Kafka, over ingest and a worker, to scores."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from stream.formats.points import Decoder
from stream.ingest.samples.series_names import SeriesNames
from tests.e2e.ingest_process import IngestProcess
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess
from tests.unit.ingest.captures import FORMATS, captured, samples_of

SENDERS = ("telegraf_json", "otlp_protobuf", "collectd_json")
WARMUP = 5
N_HOSTS = 50

Points = set[tuple[str, int, float]]


@pytest.fixture
def sources(kafka: KafkaContainer, names: dict[str, str]) -> dict[str, str]:
    """Make a topic of three partitions for each sender; give its name by the sender's."""
    topics = {sender: f"{sender}-{names['app_id']}" for sender in (*SENDERS, "many")}
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics(
            {topic: {"num_partitions": 3, "replication_factor": 1, "configs": {}} for topic in topics.values()}
        )
        admin.wait_for_topics(list(topics.values()))
    return topics


def points_on(records: Iterable[ConsumerRecord]) -> Points:
    """Decode what is on the metrics topic as a worker does."""
    decoder = Decoder(future_tolerance_s=1e9)
    found: Points = set()
    for record in records:
        points = decoder.decode(record.key, record.value, now_ms=record.timestamp)
        found |= {(record.key.decode(), *point) for point in zip(points.timestamps_ms, points.values, strict=True)}
    return found


def points_meant(sender: str) -> Points:
    """Return what the messages of a sender mean."""
    names = SeriesNames()
    samples = [sample for message in captured(sender) for sample in samples_of(FORMATS[sender], message.value)]
    return {(names.name(sample.name, sample.labels), sample.timestamp_ms, sample.value) for sample in samples}


def everything_on(kafka: KafkaContainer, topic: str) -> list[ConsumerRecord]:
    """Read a topic up to where it ends now."""
    with KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None) as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        n = sum(consumer.end_offsets(partitions).values())
    return consume(kafka.bootstrap, topic, n) if n else []


def wait_for_points(kafka: KafkaContainer, topic: str, meant: Points) -> list[ConsumerRecord]:
    """Wait until every point is on the metrics topic, and give what is there."""

    def all_there() -> list[ConsumerRecord] | None:
        records = everything_on(kafka, topic)
        return records if points_on(records) >= meant else None

    return wait_for(all_there, f"{len(meant)} points on {topic}", 90)


def wait_for_scores(kafka: KafkaContainer, topic: str, expected: set[str]) -> None:
    """Wait until every series has a score."""

    def all_there() -> bool | None:
        return {json.loads(record.value)["series"] for record in everything_on(kafka, topic)} >= expected or None

    wait_for(all_there, f"scores of {len(expected)} series on {topic}", 90)


def test_bytes_of_real_senders_become_scores_without_a_setting(
    kafka: KafkaContainer, names: dict[str, str], sources: dict[str, str], tmp_path: Path
) -> None:
    for sender in SENDERS:
        produce(kafka.bootstrap, sources[sender], [(None, message.value) for message in captured(sender)])
    produce(kafka.bootstrap, sources["telegraf_json"], [(b"k", b"\xff no sender writes this")])
    meant = {point for sender in SENDERS for point in points_meant(sender)}
    topics = [sources[sender] for sender in SENDERS]
    common = {"brokers": kafka.bootstrap, "partitions": "3", "future_tolerance_s": "1e9", **names}
    with IngestProcess(tmp_path / "ingest.log", *topics, **common) as ingest:
        records = wait_for_points(kafka, names["metrics_topic"], meant)
        [letter] = consume(kafka.bootstrap, names["dead_letter_topic"], 1)
        assert ingest.terminate() == 0
    assert points_on(records) == meant
    assert {line["topic"]: line["format"] for line in ingest.lines("format found")} == {
        sources[sender]: FORMATS[sender] for sender in SENDERS
    }
    assert letter.value == b"\xff no sender writes this"
    assert dict(letter.headers)["streamgauge.reason"] == b"format_mismatch"
    assert dict(letter.headers)["streamgauge.topic"] == sources["telegraf_json"].encode()

    produce(kafka.bootstrap, sources["telegraf_json"], [(None, b'{"ts": 1795466329, "cpu": 1}')])
    with IngestProcess(tmp_path / "again.log", *topics, **common) as again:
        consume(kafka.bootstrap, names["dead_letter_topic"], 2)
        assert again.terminate() == 0
    assert [line["format"] for line in again.lines("format found")] == ["telegraf-json"], "kept from the first start"

    partitions = defaultdict(set)
    for record in records:
        partitions[record.key].add(record.partition)
    assert all(len(found) == 1 for found in partitions.values())
    assert {partition for found in partitions.values() for partition in found} == {0, 1, 2}

    n_points = {series: sum(point[0] == series for point in meant) for series, _, _ in meant}
    expected = {series for series, n in n_points.items() if n > WARMUP}
    with WorkerProcess(tmp_path / "worker.log", warmup=WARMUP, **common):
        wait_for_scores(kafka, names["scores_topic"], expected)


def scores_of(kafka: KafkaContainer, log: Path, n_scores: int, **settings: str) -> dict[tuple[str, int], Any]:
    """Run a worker until it has scored so many points; give each score by series and time, of which none is twice."""
    with WorkerProcess(log, warmup=WARMUP, **settings) as worker:
        wait_for(lambda: worker.metric("streamgauge_scored_total") >= n_scores or None, f"{n_scores} scores")
        assert worker.metric("streamgauge_scored_total") == n_scores
        assert worker.terminate()[0] == 0
    scores = [json.loads(record.value) for record in everything_on(kafka, settings["scores_topic"])]
    found = {(score["series"], score["timestamp"]): score for score in scores}
    assert len(found) == len(scores)
    return found


def test_a_kill_in_the_middle_loses_no_point_and_scores_are_those_of_an_undisturbed_run(
    kafka: KafkaContainer, names: dict[str, str], sources: dict[str, str], tmp_path: Path
) -> None:
    metrics: list[dict[str, Any]] = [
        {
            "name": "cpu",
            "tags": {"host": f"h{i % N_HOSTS}"},
            "timestamp": 1_795_466_329 + i // N_HOSTS,
            "fields": {"n": (7 * i) % 89, "m": -i},
        }
        for i in range(20_000)
    ]
    meant = {
        (f'cpu_{field}{{host="{metric["tags"]["host"]}"}}', 1000 * metric["timestamp"], float(value))
        for metric in metrics
        for field, value in metric["fields"].items()
    }
    messages = [(metric["tags"]["host"].encode(), json.dumps(metric).encode()) for metric in metrics]
    produce(kafka.bootstrap, sources["many"], messages)
    source = f"{sources['many']}=telegraf-json"
    common = {"brokers": kafka.bootstrap, "partitions": "3", "future_tolerance_s": "1e9"}
    disturbed = common | names
    with IngestProcess(tmp_path / "ingest.log", source, **disturbed) as ingest:
        consume(kafka.bootstrap, names["metrics_topic"], 100)
        ingest.kill9()
    before = points_on(everything_on(kafka, names["metrics_topic"]))
    assert before < meant
    undisturbed = common | {name: f"{each}-undisturbed" for name, each in names.items()}
    one, other = (IngestProcess(tmp_path / f"{name}.log", source, **disturbed) for name in ("one", "other"))
    alone = IngestProcess(tmp_path / "alone.log", source, **undisturbed)
    with one, other, alone:
        wait_for_points(kafka, names["metrics_topic"], meant)
        wait_for_points(kafka, undisturbed["metrics_topic"], meant)
        assert [each.terminate() for each in (one, other, alone)] == [0, 0, 0]
    with IngestProcess(tmp_path / "again.log", source, **disturbed) as ingest:
        wait_for(lambda: ingest.lines("reading") or None, "a third start")
        assert ingest.terminate() == 0
    assert [line["messages"] for line in ingest.lines("ingested")] == [0]
    n_scores = len(meant) - 2 * N_HOSTS * WARMUP
    expected = scores_of(kafka, tmp_path / "undisturbed.log", n_scores, **undisturbed)
    assert scores_of(kafka, tmp_path / "disturbed.log", n_scores, **disturbed) == expected
