"""Messages a second of one worker against a stock Faust agent that does nothing, in one run on one broker.

    make kafka-start
    .venv/bin/python -m benchmarks.throughput

Both read the same single-point messages of 1,000 series, by turns. The worker decodes, scores with the default model,
checkpoints its state every second and publishes; the stock agent counts.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import NamedTuple

import click
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from rich.console import Console
from rich.progress import track
from rich.table import Table

from stream.detection.state.record import RECORD

N_PARTITIONS = 4
START_MS = 1_700_000_000_000
STEP_MS = 60_000
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
POLL_S = 0.02
PATIENCE_S = 300.0


class Measured(NamedTuple):
    """One pass over the messages.

    Attributes
    ----------
    seconds, cpu_seconds : float
        From the first message to the last; the CPU is that of the whole process.
    """

    seconds: float
    cpu_seconds: float


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and left.")
@click.option("--messages", default=200_000, show_default=True, help="Messages of each pass.")
@click.option("--series", default=1_000, show_default=True, help="Series they belong to.")
@click.option("--runs", default=3, show_default=True, help="Passes of each; medians are printed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(brokers: str, messages: int, series: int, runs: int, as_json: bool) -> None:
    """Compare a worker with a stock Faust no-op agent."""
    topic = f"throughput-{uuid.uuid4().hex[:8]}"
    publish(brokers, topic, messages, series, quiet=as_json)
    stock, worker = [], []
    for _ in range(runs):
        stock.append(measure_stock(brokers, topic, messages))
        worker.append(measure_worker(brokers, topic, messages))
    report(summary(stock, messages), summary(worker, messages), as_json)


def publish(brokers: str, topic: str, n_messages: int, n_series: int, *, quiet: bool) -> None:
    """Create the topic and fill it: a slow wave with noise for each series, round by round."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics([NewTopic(topic, N_PARTITIONS, 1)])
    numbers = range(n_messages) if quiet else track(range(n_messages), "publishing", console=Console(stderr=True))
    with KafkaProducer(bootstrap_servers=brokers, linger_ms=20) as producer:
        for n in numbers:
            at, which = divmod(n, n_series)
            value = 100 + which % 17 + 5 * ((at + which) % 24) + (n * 2654435761 % 1000) / 500
            name = f"host-{which:04d}/cpu"
            body = f'{{"series":"{name}","timestamp":{START_MS + at * STEP_MS},"value":{value}}}'
            producer.send(topic, key=name.encode(), value=body.encode())


def measure_stock(brokers: str, topic: str, n_messages: int) -> Measured:
    """Let a stock agent read the topic from its beginning."""
    command = [sys.executable, "-m", "benchmarks.stock_agent", brokers, topic, f"stock-{uuid.uuid4().hex[:8]}"]
    with subprocess.Popen([*command, str(n_messages)], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the stock agent has no output to read")
        line = process.stdout.readline()
        process.kill()
    seconds, cpu_seconds = map(float, line.split())
    return Measured(seconds, cpu_seconds)


def measure_worker(brokers: str, topic: str, n_messages: int) -> Measured:
    """Let a worker read the topic from its beginning, and look at its counters from outside."""
    unique = uuid.uuid4().hex[:8]
    settings = {
        "BROKERS": brokers,
        "APP_ID": f"gauge-{unique}",
        "METRICS_TOPIC": topic,
        "ANOMALIES_TOPIC": f"anomalies-{unique}",
        "PARTITIONS": str(N_PARTITIONS),
        "HEALTH_PORT": "0",
        "LOG_FORMAT": "json",
    }
    environment = os.environ | {f"STREAMGAUGE_{name}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("w") as output:
            process = subprocess.Popen([sys.executable, "-P", "-m", "stream", "worker"], env=environment, stderr=output)
        try:
            return follow(process, log, n_messages)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def follow(process: subprocess.Popen[bytes], log: Path, n_messages: int) -> Measured:
    """Wait for the first and for the last point in the worker's own count."""
    deadline = time.monotonic() + PATIENCE_S
    first: tuple[float, float, int] | None = None
    while time.monotonic() < deadline and process.poll() is None:
        n_points = count_points(log)
        now = time.perf_counter(), cpu_seconds(process.pid)
        if n_points >= n_messages and first is not None:
            share = n_messages / (n_messages - first[2])
            return Measured((now[0] - first[0]) * share, (now[1] - first[1]) * share)
        if n_points and first is None:
            first = (*now, n_points)
        time.sleep(POLL_S)
    raise RuntimeError(f"the worker did not score {n_messages} points; its log:\n{log.read_text()[-2000:]}")


def count_points(log: Path) -> int:
    """Ask the worker's `/metrics`; 0 until it listens."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
    ports = [line["port"] for line in lines if line["event"] == "health listening"]
    if not ports:
        return 0
    with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    counts = [line.split()[1] for line in text.splitlines() if line.startswith("streamgauge_points_total")]
    return round(float(counts[0]))


def cpu_seconds(pid: int) -> float:
    """Read the CPU time of a process, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def summary(passes: list[Measured], n_messages: int) -> dict[str, float]:
    """Give the medians of several passes."""
    return {
        "messages_per_s": statistics.median(n_messages / each.seconds for each in passes),
        "cpu_us_per_message": statistics.median(each.cpu_seconds / n_messages * 1e6 for each in passes),
    }


def report(stock: dict[str, float], worker: dict[str, float], as_json: bool) -> None:
    """Print both and their ratio."""
    ratio = worker["messages_per_s"] / stock["messages_per_s"]
    if as_json:
        figures = {"stock_faust_no_op": stock, "streamgauge": worker, "ratio": ratio, "state_bytes": RECORD.itemsize}
        click.echo(json.dumps(figures))
        return
    table = Table("", "messages/s", "CPU us/message")
    for name, row in (("stock Faust, no-op agent", stock), ("streamgauge worker", worker)):
        table.add_row(name, f"{row['messages_per_s']:,.0f}", f"{row['cpu_us_per_message']:.1f}")
    table.add_row("ratio", f"{ratio:.1f}", f"{stock['cpu_us_per_message'] / worker['cpu_us_per_message']:.1f}")
    Console().print(table)
    click.echo(f"state of a series: {RECORD.itemsize:,} bytes")


if __name__ == "__main__":
    main()
