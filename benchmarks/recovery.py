"""Memory of a series, and the time in which a worker gets its state back, with as many series as you like.

    make kafka-start
    .venv/bin/python -m benchmarks.recovery

A worker learns every series from two points each and is killed with SIGKILL. A second one of the same instance id is
started at once, as a supervisor does. It gets the state back from the changelog, scores what has come in the meantime,
and sees one more point of each series. Memory is the resident set of the whole process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from rich.console import Console
from rich.table import Table

from benchmarks.throughput import START_MS, STEP_MS, cpu_seconds
from stream.detection.state.record import RECORD

POLL_S = 0.02
PATIENCE_S = 600.0
TRIMMED_S = 32.0
"""A worker gives freed memory back every 30 s."""

WAITING = 100
"""Points that wait for the second worker, one of each of the first series."""


class Running(NamedTuple):
    """A worker process and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def memory_bytes(self) -> int:
        """Read the resident set."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def has_said(self, event: str) -> bool:
        """Describe whether an event is in the log."""
        return f'"event": "{event}"' in self.log.read_text()

    def metric(self, name: str) -> float:
        """Read a metric; 0 until the endpoint listens."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        ports = [line["port"] for line in lines if line["event"] == "health listening"]
        if not ports:
            return 0.0
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/metrics", timeout=30) as answer:
            found = [line.split()[1] for line in answer.read().decode().splitlines() if line.startswith(f"{name} ")]
        return float(found[0])

    def wait(self, done: Callable[[], bool], what: str) -> None:
        """Wait for something of this process."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain for {what}; the log:\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_S)


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and left.")
@click.option("--series", default=200_000, show_default=True, help="Series to learn and to get back.")
@click.option("--partitions", default=4, show_default=True, help="Partitions of the topic and the changelog.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(brokers: str, series: int, partitions: int, as_json: bool) -> None:
    """Measure memory and recovery of a worker."""
    unique = uuid.uuid4().hex[:8]
    topic, app_id = f"recovery-{unique}", f"gauge-{unique}"
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics([NewTopic(topic, partitions, 1)])
    settings = {"BROKERS": brokers, "APP_ID": app_id, "METRICS_TOPIC": topic, "ANOMALIES_TOPIC": f"anomalies-{unique}"}
    settings |= {"MAX_KEYS": str(series), "HEALTH_PORT": "0", "LOG_FORMAT": "json", "INSTANCE_ID": "recovery"}
    figures: dict[str, float] = {"series": series, "state_record_bytes": RECORD.itemsize}
    with worker(settings) as first:
        first.wait(lambda: first.has_said("reading points"), "a ready worker")
        base = first.memory_bytes()
        figures["base_memory_mb"] = base / 1e6
        for at in range(2):
            see(first, brokers, topic, series, at, series * (at + 1))
        time.sleep(TRIMMED_S)
        figures["bytes_per_series_fresh"] = (first.memory_bytes() - base) / series
        figures["changelog_mb"] = changelog_bytes(brokers, f"{app_id}-state-changelog") / 1e6
        first.process.kill()
        killed = time.perf_counter()
    with worker(settings) as second:
        figures |= recovery(second, lambda: publish(brokers, topic, WAITING, at=2), killed)
        see(second, brokers, topic, series, 3, series)
        time.sleep(TRIMMED_S)
        figures["bytes_per_series_after_restart"] = (second.memory_bytes() - base) / series
    report(figures, as_json)


@contextmanager
def worker(settings: dict[str, str]) -> Iterator[Running]:
    """Run a worker until the end of the block, which it must survive, and end it in order."""
    environment = os.environ | {f"STREAMGAUGE_{name}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("w") as output:
            process = subprocess.Popen([sys.executable, "-m", "stream", "worker"], env=environment, stderr=output)
        try:
            yield Running(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def see(running: Running, brokers: str, topic: str, n_series: int, at: int, n_points: int) -> None:
    """Publish a point of every series and wait until the worker has them in its state, behind a checkpoint."""
    publish(brokers, topic, n_series, at)
    running.wait(lambda: running.metric("streamgauge_points_total") >= n_points, f"{n_points} points")
    running.wait(lambda: running.metric("streamgauge_checkpoint_records_total") >= n_points, "their checkpoint")


def publish(brokers: str, topic: str, n_series: int, at: int) -> None:
    """Publish a point of each of so many series."""
    with KafkaProducer(bootstrap_servers=brokers, linger_ms=50, batch_size=131_072) as producer:
        for which in range(n_series):
            name = f"host-{which:06d}/requests"
            value = 100 + which % 17 + (which * 2654435761 + at * 40503) % 1000 / 500
            body = f'{{"series":"{name}","timestamp":{START_MS + at * STEP_MS},"value":{value}}}'
            producer.send(topic, key=name.encode(), value=body.encode())


def recovery(running: Running, publish_points: Callable[[], None], killed: float) -> dict[str, float]:
    """Measure from the end of the worker before, and from the assignment of the partitions."""
    publish_points()
    pid = running.process.pid
    running.wait(lambda: running.has_said("partitions assigned"), "an assignment")
    assigned, cpu_before = time.perf_counter(), cpu_seconds(pid)
    running.wait(lambda: running.has_said("reading points"), "the recovery")
    recovered, cpu_recovered = time.perf_counter(), cpu_seconds(pid)
    running.wait(lambda: running.metric("streamgauge_points_total") >= 1, "a point")
    return {
        "kill_to_assignment_seconds": assigned - killed,
        "recovery_seconds": recovered - assigned,
        "recovery_cpu_seconds": cpu_recovered - cpu_before,
        "kill_to_first_point_seconds": time.perf_counter() - killed,
        "kill_to_first_point_cpu_seconds": cpu_seconds(pid),
    }


def changelog_bytes(brokers: str, topic: str) -> int:
    """Ask the broker for the size of a topic on its disk."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        answers = admin.describe_log_dirs([topic])
    return sum(
        partition["partition_size"]
        for answer in answers
        for directory in answer["log_dirs"]
        for found in directory["topics"]
        for partition in found["partitions"]
    )


def report(figures: dict[str, float], as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        click.echo(json.dumps(figures))
        return
    table = Table("", "measured")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:,.0f}" if value >= 100 else f"{value:,.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
