"""History warms the workers up and pages nobody; the next live fault does."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.prometheus_server import install, prometheus
from tests.e2e.records import produce
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.worker_process import COMMAND, WorkerProcess

SERIES = [f"host-{n}" for n in range(4)]
N_POINTS = 3_000
FAULT_AT = 2_000
STEP_MS = 60_000


def value(at: int) -> float:
    """A pattern, with one fault."""
    return 900.0 if FAULT_AT <= at < FAULT_AT + 5 else 100.0 + at % 7


@pytest.fixture
def start_ms() -> int:
    """Return the time of the first point, so that the last one was a minute ago."""
    return (time.time_ns() // 1_000_000 // STEP_MS - N_POINTS) * STEP_MS


def history(path: Path, start_ms: int) -> Path:
    """Write the newest point first: a backfill puts history in order."""
    rows = [
        f"{start_ms + at * STEP_MS},{value(at)},{series}" for at in range(N_POINTS - 1, -1, -1) for series in SERIES
    ]
    path.write_text("\n".join(["timestamp,value,series", *rows]) + "\n")
    return path


def backfill(worker: WorkerProcess, *arguments: object, code: int = 0) -> dict[str, Any]:
    """Run the command with the settings of a worker; give its report."""
    run = subprocess.run(
        [COMMAND, "backfill", *map(str, arguments), "--json"],
        env=worker.environment,
        cwd=worker.log.parent,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == code, run.stderr
    return json.loads(run.stdout) if code == 0 else {"error": run.stderr}


def events(kafka: KafkaContainer, topic: str) -> list[dict[str, Any]]:
    """Return the events of a topic, repeats left out."""
    return list({dict(record.headers)["ce_id"]: json.loads(record.value) for record in read_all(kafka.bootstrap, topic)}
                .values())  # fmt: skip


def go_live(kafka: KafkaContainer, names: Names, start_ms: int) -> None:
    """Publish a live fault of one series."""
    values = [(N_POINTS + k, 900.0 if k >= 5 else value(N_POINTS + k)) for k in range(8)]
    messages = [{"series": SERIES[0], "timestamp": start_ms + at * STEP_MS, "value": number} for at, number in values]
    produce(
        kafka.bootstrap,
        names["metrics_topic"],
        [(SERIES[0].encode(), json.dumps(message).encode()) for message in messages],
    )
    wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])


def pages(report: dict[str, Any], start_ms: int) -> list[list[int]]:
    """Return for each series at which points it would have paged."""
    return [[(page["start"] - start_ms) // STEP_MS for page in each["pages"]] for each in report["series"]]


@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "killed"])
def test_history_pages_nobody_and_is_reported_and_the_next_live_fault_pages(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, tmp_path: Path, start_ms: int, killed: bool
) -> None:
    file = history(tmp_path / "history.csv", start_ms)
    with make_worker("historian") as worker:
        if killed:
            killer = threading.Thread(target=kill_and_start, args=(kafka, names, worker))
            killer.start()
        report = backfill(worker, "csv", file)
        if killed:
            killer.join()
        assert events(kafka, names["anomalies_topic"]) == []
        assert [series["points"] for series in report["series"]] == [N_POINTS] * len(SERIES)
        assert [series["warm"] for series in report["series"]] == [True] * len(SERIES)
        assert pages(report, start_ms) == [[FAULT_AT]] * len(SERIES)
        go_live(kafka, names, start_ms)
        opened = [event for event in events(kafka, names["anomalies_topic"]) if event["state"] == "open"]
        assert [(event["series"], event["start"]) for event in opened] == [
            (SERIES[0], start_ms + (N_POINTS + 5) * STEP_MS)
        ]
        assert "all late" in backfill(worker, "csv", file, code=8)["error"]


def kill_and_start(kafka: KafkaContainer, names: Names, worker: WorkerProcess) -> None:
    """Kill the worker once a part of the history is behind a checkpoint, and start it again."""
    while not read_all(kafka.bootstrap, f"{names['app_id']}-state-changelog"):
        time.sleep(0.2)
    worker.kill9()
    worker.start()
    worker.wait_ready()


def test_nothing_is_published_without_a_worker_nor_in_a_dry_run(
    kafka: KafkaContainer, names: Names, worker: WorkerProcess, tmp_path: Path, start_ms: int
) -> None:
    file = history(tmp_path / "history.csv", start_ms)
    assert names["metrics_topic"] in backfill(worker, "csv", file, code=6)["error"]
    subprocess.run([COMMAND, "topics", "create"], env=worker.environment, check=True, capture_output=True)
    assert "expected a worker in group" in backfill(worker, "csv", file, code=13)["error"]
    report = backfill(worker, "csv", file, "--dry-run")
    assert report["points"] == N_POINTS * len(SERIES)
    assert read_all(kafka.bootstrap, names["metrics_topic"]) == []


def test_a_range_query_of_a_real_prometheus_and_a_parquet_file_are_backfilled(
    kafka: KafkaContainer, names: Names, worker: WorkerProcess, tmp_path: Path, repository: Path, start_ms: int
) -> None:
    install(repository)
    start_s, n_points = start_ms // 1000, 600
    lines = [
        f'load{{job="web",instance="a:9090"}} {100 + at % 7} {start_s + 60 * at}' for at in range(n_points) if at != 300
    ]
    with worker, prometheus(tmp_path, "\n".join(["# TYPE load gauge", *lines, "# EOF"]) + "\n") as url:
        span = (f"--{name}={datetime.fromtimestamp(at, UTC).isoformat()}"
                for name, at in (("from", start_s), ("to", start_s + 60 * (n_points - 1))))  # fmt: skip
        (series,) = backfill(worker, "prometheus", url, "load", *span)["series"]
        assert series["series"] == 'load{instance="a:9090",job="web"}'
        # A range query repeats the last sample for five minutes: the missing one has the value of the one before.
        assert (series["points"], series["first"], series["warm"]) == (n_points, start_ms, True)
        table = {
            "timestamp": [start_ms + at * STEP_MS for at in range(400)],
            "value": [1.0 + at % 3 for at in range(400)],
        }
        pq.write_table(pa.table(table), tmp_path / "disk.parquet")
        (series,) = backfill(worker, "parquet", tmp_path / "disk.parquet")["series"]
        assert (series["series"], series["points"], series["pages"]) == ("disk", 400, [])
        archive = names["metrics_topic"] + "-archive"
        with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
            admin.create_topics([NewTopic(archive, 3, 1)])
        message = {"series": "old", "points": [[start_ms + at * STEP_MS, 1.0 + at % 3] for at in range(400)]}
        produce(kafka.bootstrap, archive, [(b"old", json.dumps(message).encode())])
        (series,) = backfill(worker, "topic", archive)["series"]
        assert (series["series"], series["points"], series["pages"]) == ("old", 400, [])
    assert events(kafka, names["anomalies_topic"]) == []
