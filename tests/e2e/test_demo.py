"""`streamgauge demo` as users run it: with the broker in its own process, and on a real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaAdminClient

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import COMMAND

N_POINTS = 500
JUMP = 400


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the demo; kill it if it is still there in the end."""
    command = [str(COMMAND), "demo", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def worker_of(process: subprocess.Popen[str]) -> int:
    """Wait until the demo has started its worker, and give the worker's process id."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return int(wait_for(lambda: children.read_text().split() or None, "a worker of the demo")[0])


def jumping_series(path: Path) -> Path:
    """Write a quiet series that jumps once."""
    values = [900 if at == JUMP else 100 + at % 7 for at in range(N_POINTS)]
    path.write_text("timestamp,value\n" + "".join(f"{1_700_000_000 + 60 * at},{v}\n" for at, v in enumerate(values)))
    return path


def test_the_demo_finds_all_planted_faults_and_says_so_in_json() -> None:
    with demo("--json") as process:
        output, errors = process.communicate()
    *events, last = map(json.loads, output.splitlines())
    summary = last["summary"]
    assert process.returncode == 0, errors
    assert (summary["n_planted"], summary["n_found"]) == (4, 4)
    opened = {event["episode"] for event in events if event["state"] == "open"}
    assert {event["episode"] for event in events} == opened
    assert {fault["episode"] for fault in summary["planted"]} <= opened


def test_the_demo_plays_a_series_of_nab_and_compares_its_episodes_with_the_labels() -> None:
    with demo("--nab", "ec2_cpu_utilization_24ae8d", "--json") as process:
        output, errors = process.communicate()
    *events, last = map(json.loads, output.splitlines())
    summary = last["summary"]
    assert process.returncode == 0, errors
    assert (summary["n_points"], summary["own"], summary["labels"]["n_windows"]) == (4_032, [], 2)
    assert summary["labels"]["n_found"] >= 1
    opened = {event["episode"] for event in events if event["state"] == "open"}
    found = {window["episode"] for window in summary["labels"]["windows"] if window["found"]}
    assert found | {episode["episode"] for episode in summary["labels"]["outside"]} == opened


def test_ctrl_c_ends_the_demo_and_its_worker() -> None:
    with demo() as process:
        worker = worker_of(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (130, "stopped\n")
    assert not Path(f"/proc/{worker}").exists()


def test_a_worker_that_dies_ends_the_demo_with_the_last_lines_of_its_log() -> None:
    with demo() as process:
        worker = worker_of(process)
        wait_for(lambda: "ready" in (process.stdout.readline() if process.stdout else "") or None, "a ready worker")
        os.kill(worker, signal.SIGKILL)
        _, errors = process.communicate()
    assert process.returncode == 1
    assert "the worker ended by itself with exit code -9; the last lines of its log:" in errors
    assert '"event": "reading points"' in errors


def test_on_a_real_kafka_the_demo_plays_a_file_and_leaves_no_topic(kafka: KafkaContainer, tmp_path: Path) -> None:
    path = jumping_series(tmp_path / "jumping.csv")
    with demo("--brokers", kafka.bootstrap, "--no-scene", "--csv", str(path), "--json") as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors
    opened = json.loads(output.splitlines()[0])
    assert (opened["series"], opened["state"], opened["actual"]) == ("jumping", "open", 900)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    assert not [topic for topic in admin.list_topics() if topic.startswith("streamgauge-demo-")]
    admin.close()
