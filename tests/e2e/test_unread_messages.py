"""Messages that nobody can read: the log, the doctor and `dlq` say so, and after a fix they are replayed once."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from kafka import TopicPartition

from stream.formats.limits import to_iso
from stream.kafka.partitioner import partition_of
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import COMMAND, WorkerProcess
from tests.unit.formats.test_advice import SAMPLES

DAY_MS = 86_400_000
N_AHEAD, N_POINTS = 8, 50
N_FOREIGN = 52
N_SCORED = N_AHEAD * N_POINTS - 300
"""Points after the warm-up."""

CURED = str(30 * 86_400)
"""A tolerance in seconds under which the points of the clock that is ahead are taken."""


def ahead(now_ms: int) -> list[tuple[bytes, bytes]]:
    """Make the messages of a sender whose clock is three days ahead: a quiet series."""
    start_ms = now_ms + 3 * DAY_MS
    series = [[start_ms + at * 60_000, 100.0 + at % 5] for at in range(N_AHEAD * N_POINTS)]
    parts = [series[at : at + N_POINTS] for at in range(0, len(series), N_POINTS)]
    return [(b"ahead", json.dumps({"series": "ahead", "points": part}).encode()) for part in parts]


def foreign() -> list[tuple[bytes, bytes]]:
    """Make messages of other senders, each format several times."""
    values = list(SAMPLES.values())
    return [(b"host-7", values[at % len(values)]) for at in range(N_FOREIGN)]


def run(worker: WorkerProcess, *words: str) -> tuple[int, str]:
    """Run a command with the settings of the worker; give its exit code and what it printed."""
    ended = subprocess.run(
        [COMMAND, *words],
        check=False,
        env=worker.environment,
        cwd=worker.log.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ended.returncode, ended.stdout


def document(worker: WorkerProcess, *words: str) -> Any:
    """Run a command that ends well, and read the document that it prints."""
    code, text = run(worker, *words, "--json")
    assert code == 0, text
    return json.loads(text)


def findings(worker: WorkerProcess, *words: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Ask the doctor; give its exit code, and level and text by what it is about."""
    code, text = run(worker, "doctor", *words, "--json")
    return code, {found["about"]: (found["level"], found["text"]) for found in json.loads(text)}


def test_strange_messages_are_told_of_everywhere_and_those_that_a_fix_cures_are_replayed_once(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)
    with worker:
        produce(kafka.bootstrap, names["metrics_topic"], [*foreign(), *ahead(time.time_ns() // 1_000_000)])
        consume(kafka.bootstrap, names["dead_letter_topic"], N_FOREIGN + N_AHEAD)
        first = worker.events("message dead-lettered")
        assert len(first) == len({line["reason"] for line in first})
        assert any("looks like Telegraf JSON" in line["text"] for line in first)
        code, found = findings(worker)
        assert (code, found["dlq"][0], found["group"][0]) == (14, "fail", "ok")
        assert "60 messages were dead-lettered" in found["dlq"][1]
        assert "ahead" in found["clocks"][1]
        assert "60 messages dead-lettered since" in run(worker, "watch", "--for", "4")[1]
        assert worker.terminate()[0] == 0
    (line,) = worker.events("messages dead-lettered")
    assert (line["n"], sum(line["reasons"].values())) == (60, 60)

    listed = {each["reason"]: each for each in document(worker, "dlq", "list")}
    assert sum(each["messages"] for each in listed.values()) == 60
    place = listed["timestamp_future"]["example"]
    assert place.startswith(f"{names['metrics_topic']}/")
    assert json.loads(document(worker, "dlq", "show", place)["value"])["series"] == "ahead"
    code, text = run(worker, "dlq", "show", f"{names['metrics_topic']}/0@99999")
    assert (code, "expected the dead letter of" in text) == (8, True)

    cured = WorkerProcess(tmp_path / "cured.log", brokers=kafka.bootstrap, future_tolerance_s=CURED, **names)
    with cured:
        assert document(cured, "dlq", "replay", "--reason", "timestamp_future", "--dry-run")["replayed"] == N_AHEAD
        assert run(cured, "dlq", "replay", "--reason", "timestamp_future")[0] == 2
        assert document(cured, "dlq", "replay", "--reason", "timestamp_future", "--yes")["replayed"] == N_AHEAD
        scores = consume(kafka.bootstrap, names["scores_topic"], N_SCORED)
        assert {json.loads(score.value)["series"] for score in scores} == {"ahead"}
        again = document(cured, "dlq", "replay", "--reason", "timestamp_future", "--yes")
        assert (again["replayed"], again["skipped"]) == (0, {"replayed": N_AHEAD})
        wait_for(lambda: cured.metric("streamgauge_scored_total") == N_SCORED or None, "the scores, counted")
        assert (cured.metric("streamgauge_late_total"), cured.metric("streamgauge_duplicate_total")) == (0, 0)
        _, found = findings(cured)
        assert f"{N_FOREIGN} messages were dead-lettered" in found["dlq"][1]
        assert "clocks" not in found
        assert cured.terminate()[0] == 0


def clear(at: int, timestamp_ms: int) -> list[dict[str, object]]:
    """Make the messages of a point in a shape that is not as documented, another one for each in turn."""
    point = {"series": "clear", "timestamp": timestamp_ms, "value": 100.0 + at % 5}
    shapes = [
        [point | {"unit": "%", "tags": {"host": "h"}}],
        [point | {"value": str(point["value"])}],
        [point | {"timestamp": timestamp_ms // 1000}],
        [point | {"timestamp": timestamp_ms * 1_000_000}],
        [point | {"timestamp": to_iso(timestamp_ms).removesuffix("Z")}],
        [point | {"value": None}, point],
    ]
    return shapes[at % len(shapes)]


def test_messages_that_are_clear_are_scored_as_documented_ones_and_each_kind_is_logged_once(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    n_points, start_ms = 320, 1_764_000_000_000
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=1, **names)
    messages: list[tuple[bytes, bytes]] = []
    for at in range(n_points):
        documented = {"series": "plain", "timestamp": start_ms + at * 60_000, "value": 100.0 + at % 5}
        messages.append((b"plain", json.dumps(documented).encode()))
        messages += [(b"clear", json.dumps(each).encode()) for each in clear(at, start_ms + at * 60_000)]
    with worker:
        produce(kafka.bootstrap, names["metrics_topic"], messages)
        scores = [json.loads(each.value) for each in consume(kafka.bootstrap, names["scores_topic"], 2 * n_points)]
        assert worker.metric("streamgauge_dead_letters_total") == 0
        metrics = worker.get("/metrics")[1]
        assert worker.terminate()[0] == 0
    plain, tolerated = (
        [{name: each[name] for name in each if name != "series"} for each in scores if each["series"] == series]
        for series in ("plain", "clear")
    )
    assert len(plain) == n_points
    assert plain == tolerated
    kinds = ("quoted_number", "timestamp_s", "timestamp_ns", "timestamp_without_offset", "missing_value")
    expected = {kind: len(range(at, n_points, 6)) for at, kind in enumerate(kinds, start=1)}
    expected["unknown_field"] = 2 * len(range(0, n_points, 6))
    for kind, n in expected.items():
        assert f'streamgauge_tolerated_total{{kind="{kind}"}} {n}.0' in metrics
    logged = worker.events("input tolerated")
    assert sorted(line["kind"] for line in logged) == sorted(expected)
    assert next(line["fields"] for line in logged if line["kind"] == "unknown_field") == ["tags", "unit"]


def test_a_series_that_arrives_in_two_partitions_is_told_by_log_metric_and_doctor(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, checkpoint_interval_s=0.5, **names)
    start_ms = time.time_ns() // 1_000_000 - DAY_MS
    body = [json.dumps({"series": "taxi", "timestamp": start_ms + at * 60_000, "value": 1.0}).encode() for at in (0, 1)]
    with worker:
        right = partition_of(b"taxi", 8)
        produce(kafka.bootstrap, names["metrics_topic"], [(b"taxi", body[0])])
        wait_for(lambda: worker.metric("streamgauge_points_total") == 1 or None, "the first point")
        assert findings(worker)[1]["partition"][0] == "ok"
        crc32 = Producer({"bootstrap.servers": kafka.bootstrap, "partitioner": "consistent_random"})
        crc32.produce(names["metrics_topic"], key=b"taxi", value=body[1])
        assert crc32.flush(30) == 0
        wait_for(lambda: worker.metric("streamgauge_split_series_total") == 1 or None, "a series in two partitions")
        (line,) = worker.events("series in two partitions")
        assert (line["series"], right in line["partitions"], len(line["partitions"])) == ("taxi", True, 2)
        wait_for(lambda: findings(worker)[1]["partition"][0] == "fail" or None, "a doctor that fails")
        code, found = findings(worker)
        assert (code, "partitioner=murmur2_random" in found["partition"][1]) == (14, True)


def test_a_rule_that_matches_no_series_and_a_group_without_worker_are_warned_of(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nmatch = "taxi"\n[[rules]]\nmatch = "taxis"\n')
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)
    with worker:
        point = {"series": "taxi", "timestamp": 1_700_000_000_000, "value": 1.0}
        produce(kafka.bootstrap, names["metrics_topic"], [(b"taxi", json.dumps(point).encode())])
        wait_for(lambda: worker.metric("streamgauge_points_total") == 1 or None, "the point")
        assert worker.terminate()[0] == 0
    code, found = findings(worker, "--config", str(rules))
    assert code == 0
    assert found["rules"] == ("warn", "rule 2 (match = 'taxis') matches no series: did you mean taxi?")
    assert found["group"][0] == "warn"
    assert "no worker is in" in found["group"][1]
    assert found["dlq"][0] == "ok"


def test_messages_that_retention_deleted_unread_are_a_failure(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, partitions=1, **names)
    points = [{"series": "taxi", "timestamp": 1_700_000_000_000 + at * 60_000, "value": 1.0} for at in range(11)]
    messages = [(b"taxi", json.dumps(point).encode()) for point in points]
    with worker:
        produce(kafka.bootstrap, names["metrics_topic"], messages[:1])
        wait_for(lambda: worker.metric("streamgauge_points_total") == 1 or None, "the first point")
        assert worker.terminate()[0] == 0
    produce(kafka.bootstrap, names["metrics_topic"], messages[1:])
    assert "10 messages not yet behind a checkpoint" in findings(worker)[1]["group"][1]
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(names["metrics_topic"], 0): 8})
    code, text = run(worker, "doctor", "--json")
    (failure,) = [found for found in json.loads(text) if found["level"] == "fail"]
    assert (code, failure["about"]) == (14, "group")
    assert failure["text"].startswith("retention deleted 7 messages of")
