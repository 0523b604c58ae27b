"""State is carried over: to more partitions, and from an earlier layout, with nothing learned lost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from kafka import KafkaProducer

from stream.detection.state.record import RECORD
from stream.events.dead_letter_log import DeadLetterLog
from stream.formats.state.envelope import N_BYTES
from stream.formats.state.key import is_partition_key
from stream.kafka.topics.identity import TopicIdentity
from stream.model import Bundle
from stream.settings.settings import Settings
from stream.worker.assembly import build_processor
from stream.worker.metrics_topic import MetricsTopic
from stream.worker.observability.anomaly_log import AnomalyLog
from stream.worker.observability.metrics import Metrics
from tests.e2e.crowd import WARMUP
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.quiet_series import START_MS
from tests.e2e.records import produce
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import COMMAND, WorkerProcess
from tests.unit.changelog.golden_records import golden
from tests.unit.worker.scoring import Sink, applied, record

SERIES = [f"host-{n}" for n in range(24)]
BEFORE, AFTER = 4, 6
PLACE = ("partition", "offset")
"""Fields of a state record that tell where the last message lay."""


def points(first: int, n: int) -> list[tuple[bytes, bytes]]:
    """Return the points of all series, with noise and a jump in some: the same at every call."""
    rng = np.random.default_rng(18)
    values = 100 + rng.normal(0, 1, (200, len(SERIES)))
    for at, minute in enumerate(range(60, 180, 5)):
        values[minute : minute + 4, at] += 40
    return [
        (name.encode(), json.dumps({"series": name, "timestamp": START_MS + 60_000 * at, "value": value}).encode())
        for at in range(first, first + n)
        for name, value in zip(SERIES, values[at].round(3).tolist(), strict=True)
    ]


def run(worker: WorkerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `streamgauge state` with the worker's settings."""
    command = [str(COMMAND), "state", *arguments]
    return subprocess.run(
        command, env=worker.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def why_refused(worker: WorkerProcess, exit_code: int) -> str:
    """Start a worker that must end with this exit code, and return what it says."""
    worker.start()
    assert worker.exit_code() == exit_code
    lines = worker.events("giving up") or worker.events("cannot run")
    return str(lines[-1].get("why") or lines[-1]["text"])


def drain(kafka: KafkaContainer, worker: WorkerProcess) -> None:
    """Let a worker read everything, and end it."""
    with worker:
        wait_drained(
            kafka.bootstrap, worker.environment["STREAMGAUGE_METRICS_TOPIC"], worker.environment["STREAMGAUGE_APP_ID"]
        )
        assert worker.terminate()[0] == 0


def stored(kafka: KafkaContainer, app_id: str) -> dict[bytes, bytes]:
    """Return the value of each key's state, of which there must be one."""
    changelog = read_all(kafka.bootstrap, f"{app_id}-state-changelog")
    last = {(each.key, each.partition): each.value for each in changelog if not is_partition_key(each.key)}
    kept = [(key, value) for (key, _), value in last.items() if value is not None]
    assert len(dict(kept)) == len(kept)  # No series has state in two partitions.
    return dict(kept)


def learned(values: dict[bytes, bytes]) -> dict[bytes, dict[str, bytes]]:
    """Return the fields of each series' state, but for the place of its last message."""
    records = {key: np.frombuffer(value[:-N_BYTES], RECORD)[0] for key, value in values.items()}
    names = [name for name in RECORD.names or () if name not in PLACE]
    return {key: {name: record[name].tobytes() for name in names} for key, record in records.items()}


def episodes(found: Iterable[tuple[Mapping[str, bytes], bytes]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the events by CloudEvents id and state, given headers and body, but for the place of their points."""
    events = {}
    for headers, value in found:
        body = json.loads(value)
        del body["input"]
        events[headers["ce_id"].decode(), body["state"]] = body
    return events


def undisturbed(names: Names, messages: list[tuple[bytes, bytes]]) -> tuple[Sink, dict[bytes, bytes]]:
    """Score messages in this process, as one partition, and return events and state."""
    source = MetricsTopic(TopicIdentity("cluster", names["metrics_topic"], "id", 1), 1)
    settings = Settings.model_validate({"warmup": WARMUP, **names})
    processor = build_processor(settings, Bundle.default(), Metrics(), source, DeadLetterLog(), AnomalyLog())
    records = [record(offset, key, value) for offset, (key, value) in enumerate(messages)]
    sink = applied(processor, records)
    states = {each.key: bytes(each.value or b"") for each in processor.snapshot() if not is_partition_key(each.key)}
    return sink, states


def test_after_a_repartition_episodes_and_state_are_those_of_an_undisturbed_run(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    """The worker has not read everything when partitions are added, and senders go on: the hard case."""
    metrics, app_id = names["metrics_topic"], names["app_id"]
    worker = make_worker("owner")
    kafka.create_topic(metrics, partitions=BEFORE)
    produce(kafka.bootstrap, metrics, points(0, 100))
    drain(kafka, worker)
    produce(kafka.bootstrap, metrics, points(100, 20))
    with kafka.admin() as admin:
        admin.create_partitions({metrics: AFTER})
    produce(kafka.bootstrap, metrics, points(120, 20))
    assert "streamgauge state repartition" in why_refused(worker, 6)

    refused = run(worker, "repartition", "--yes")
    assert refused.returncode == 6
    assert "--republish-unread" in refused.stderr
    planned = run(worker, "repartition", "--republish-unread", "--dry-run", "--json")
    with kafka.admin() as admin:
        admin.create_partitions({f"{app_id}-state-changelog": AFTER, names["scores_topic"]: AFTER})
    assert "streamgauge state repartition" in why_refused(worker, 11)
    adopted = run(worker, "adopt", "--yes")
    assert (adopted.returncode, "streamgauge state repartition" in adopted.stderr) == (11, True)
    moved = run(worker, "repartition", "--republish-unread", "--json")
    assert moved.returncode == 0, moved.stderr
    facts = json.loads(moved.stdout)
    assert facts == json.loads(planned.stdout) | {"dry_run": False}
    assert (facts["partitions_before"], facts["partitions"]) == (BEFORE, AFTER)
    assert facts["moved"] + facts["stayed"] == len(SERIES)
    assert 0 < facts["moved"] < len(SERIES)
    again = json.loads(run(worker, "repartition", "--json").stdout)
    assert (again["moved"], again["partitions_before"]) == (0, AFTER)

    produce(kafka.bootstrap, metrics, points(140, 60))
    drain(kafka, worker)
    sink, states = undisturbed(names, points(0, 200))
    expected = episodes((dict(each.headers), each.value or b"") for each in sink.messages)
    assert len(expected) > 20
    published = read_all(kafka.bootstrap, names["anomalies_topic"])
    assert episodes((dict(each.headers), each.value) for each in published) == expected
    assert learned(stored(kafka, app_id)) == learned(states)


def test_state_of_layout_5_is_refused_and_once_migrated_its_series_are_scored_at_once(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    worker = make_worker("owner")
    with worker:
        assert worker.terminate()[0] == 0  # The topics are there now.
    written = golden(5, "stateful-forecast")
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for each in written:
            producer.send(f"{names['app_id']}-state-changelog", key=each.key, value=each.value).get(PATIENCE_S)
    assert "streamgauge state migrate" in why_refused(worker, 11)
    done = run(worker, "migrate", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["migrated"], facts["by_layout"], facts["unreadable"]) == (len(written), {"5": len(written)}, 0)
    body = {"series": "host-1/cpu", "timestamp": START_MS + 60_000 * 400, "value": 51.0}
    produce(kafka.bootstrap, names["metrics_topic"], [(b"host-1/cpu", json.dumps(body).encode())])
    drain(kafka, worker)
    (score,) = [json.loads(record.value) for record in read_all(kafka.bootstrap, names["scores_topic"])]
    assert score["state"] == "normal"
