"""What a series costs a worker: the constants behind `streamgauge size`, measured on a real Kafka.

    make kafka-start
    .venv/bin/python -m benchmarks.sizing

A worker gets one point of every series per round, so that every point also changes a state record, as in production.
It is then restarted, reads its state back, and gets one more round.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from kafka import KafkaAdminClient, KafkaProducer
from rich.console import Console
from rich.table import Table

from benchmarks.throughput import count_points, cpu_seconds
from stream.sizing import Constants

N_PARTITIONS = 4
START_MS = 1_700_000_000_000
STEP_MS = 60_000
SETTLE_S = 4.0
"""Longer than a checkpoint and the flush of the log take."""

POLL_S = 2.0
PATIENCE_S = 600.0
PAGE_BYTES = resource.getpagesize()
MIB = 1024 * 1024

log = Console(stderr=True)


class Names(NamedTuple):
    """An application and its topics, made for one run."""

    unique: str
    app_id: str
    metrics: str
    anomalies: str

    @classmethod
    def new(cls) -> Names:
        """Choose names that nobody has used."""
        unique = uuid.uuid4().hex[:8]
        return cls(unique, f"sizing-{unique}", f"sizing-metrics-{unique}", f"sizing-anomalies-{unique}")


class Worker(NamedTuple):
    """A running worker."""

    process: subprocess.Popen[bytes]
    log: Path
    start_cpu_s: float
    """CPU time from its start until it read points."""

    def rss_bytes(self) -> int:
        """Read the resident memory of the process."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def cpu_s(self) -> float:
        """Read the CPU time of the process."""
        return cpu_seconds(self.process.pid)

    def wait_for(self, n_points: int) -> None:
        """Wait until so many points were received, and behind a checkpoint."""
        deadline = time.monotonic() + PATIENCE_S
        while self._count() < n_points:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the worker did not score {n_points} points:\n{self.log.read_text()[-2000:]}")
            time.sleep(POLL_S)
        time.sleep(SETTLE_S)

    def _count(self) -> int:
        try:
            return count_points(self.log)
        except OSError:  # A busy machine, or a worker that has just ended.
            return 0


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are created and deleted.")
@click.option("--series", "n_series", default=20_000, show_default=True, help="Number of series.")
@click.option("--rounds", "n_rounds", default=4, show_default=True, help="Points per series before the restart.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(brokers: str, n_series: int, n_rounds: int, as_json: bool) -> None:
    """Measure memory, CPU, changelog and recovery time per series."""
    names = Names.new()
    # A worker that compiles would count its compiler's memory too.
    subprocess.run([sys.executable, "-m", "stream", "prepare"], check=True, stdout=subprocess.DEVNULL)
    try:
        constants = measure(brokers, names, n_series, n_rounds)
    finally:
        with KafkaAdminClient(bootstrap_servers=brokers) as admin:
            admin.delete_topics([topic for topic in admin.list_topics() if names.unique in topic])
    report(constants, as_json)


def measure(brokers: str, names: Names, n_series: int, n_rounds: int) -> Constants:
    """Run the worker twice and take the differences."""
    changelog = f"{names.app_id}-state-changelog"
    with running(brokers, names) as worker:
        time.sleep(SETTLE_S)
        base_bytes, first_start_s = worker.rss_bytes(), worker.start_cpu_s
        publish(brokers, names.metrics, n_series, 0)
        worker.wait_for(n_series)
        cpu_before_s = worker.cpu_s()
        for at in range(1, n_rounds):
            publish(brokers, names.metrics, n_series, at)
            worker.wait_for(n_series * (at + 1))
        cpu_s = worker.cpu_s() - cpu_before_s
        fresh_bytes = worker.rss_bytes()
    n_records = n_series * n_rounds
    changelog_bytes, message_bytes = (size(brokers, topic) / n_records for topic in (changelog, names.metrics))
    with running(brokers, names) as worker:
        second_start_s = worker.start_cpu_s
        publish(brokers, names.metrics, n_series, n_rounds)
        worker.wait_for(n_series)
        restarted_bytes = worker.rss_bytes()
    return Constants(
        base_mib=round(base_bytes / MIB),
        series_bytes=round((fresh_bytes - base_bytes) / n_series),
        restarted_series_bytes=round((restarted_bytes - base_bytes) / n_series),
        point_cpu_us=round(cpu_s / (n_series * (n_rounds - 1)) * 1e6, 1),
        message_bytes=round(message_bytes),
        state_record_bytes=round(changelog_bytes),
        recovered_record_us=round(max(second_start_s - first_start_s, 0) / n_records * 1e6, 1),
    )


@contextmanager
def running(brokers: str, names: Names) -> Iterator[Worker]:
    """Run a worker until the block ends, then let it make its last checkpoint."""
    settings = {
        "BROKERS": brokers,
        "APP_ID": names.app_id,
        "METRICS_TOPIC": names.metrics,
        "ANOMALIES_TOPIC": names.anomalies,
        "PARTITIONS": str(N_PARTITIONS),
        "HEALTH_PORT": "0",
        "LOG_FORMAT": "json",
    }
    environment = os.environ | {f"STREAMGAUGE_{name}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "worker.log"
        started_s = time.monotonic()
        with path.open("w") as output:
            process = subprocess.Popen([sys.executable, "-m", "stream", "worker"], env=environment, stderr=output)
        try:
            while '"event": "reading points"' not in path.read_text():
                if process.poll() is not None or time.monotonic() - started_s > PATIENCE_S:
                    raise RuntimeError(f"the worker did not get ready:\n{path.read_text()[-2000:]}")
                time.sleep(0.05)
            yield Worker(process, path, cpu_seconds(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def publish(brokers: str, topic: str, n_series: int, at: int) -> None:
    """Publish one point of every series."""
    log.print(f"round {at}: {n_series:,} points")
    with KafkaProducer(bootstrap_servers=brokers, linger_ms=20) as producer:
        for n in range(n_series):
            name = f"host-{n:06d}/cpu"
            body = f'{{"series":"{name}","timestamp":{START_MS + at * STEP_MS},"value":{100 + (n * 31 + at * 7) % 17}}}'
            producer.send(topic, key=name.encode(), value=body.encode())


def size(brokers: str, topic: str) -> int:
    """Return the bytes of a topic on the broker's disk, of one replica."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        answers = admin.describe_log_dirs()
    return sum(
        partition["partition_size"]
        for answer in answers
        for directory in answer["log_dirs"]
        for found in directory["topics"]
        if found["name"] == topic
        for partition in found["partitions"]
    )


def report(constants: Constants, as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        click.echo(json.dumps(constants._asdict()))
        return
    table = Table("constant of stream/sizing.py", "measured")
    for name, value in constants._asdict().items():
        table.add_row(name, f"{value:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
