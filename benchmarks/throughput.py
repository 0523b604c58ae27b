"""Points a second of one worker against a stock Faust agent that does nothing, in one run on one broker.

    make kafka-start
    .venv/bin/python -m benchmarks.throughput

The stock agent gets a point a message, as Faust is used, and counts. The worker gets messages of 1, 100 and 1,000
points; it decodes, scores with the default model, checkpoints its state every second and publishes. They take turns.
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


class Load(NamedTuple):
    """What the messages of a row are like."""

    points_per_message: int
    n_series: int

    def __str__(self) -> str:
        """Describe it in a cell of the table."""
        points = "1 point" if self.points_per_message == 1 else f"{self.points_per_message:,} points"
        return f"{points} a message, {self.n_series:,} series"


LOADS = {
    "single": Load(1, 1_000),
    "many-series": Load(1, 10_000),
    "hundred": Load(100, 1_000),
    "thousand": Load(1_000, 10),
}


class Measured(NamedTuple):
    """One pass over the points.

    Attributes
    ----------
    seconds, cpu_seconds : float
        From the first message to the last; the CPU is that of the whole process.
    """

    seconds: float
    cpu_seconds: float


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and left.")
@click.option("--points", default=200_000, show_default=True, help="Points of each pass.")
@click.option("--runs", default=3, show_default=True, help="Passes of each row; medians are printed.")
@click.option(
    *("--load", "names"), multiple=True, type=click.Choice(list(LOADS)), default=list(LOADS), help="Rows; all of them."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(brokers: str, points: int, runs: int, names: tuple[str, ...], as_json: bool) -> None:
    """Compare a worker with a stock Faust no-op agent."""
    unique = uuid.uuid4().hex[:8]
    topics = {name: f"throughput-{unique}-{name}" for name in {*names, "single"}}
    for name, topic in topics.items():
        publish(brokers, topic, points, LOADS[name], quiet=as_json)
    stock: list[Measured] = []
    workers: dict[str, list[Measured]] = {name: [] for name in names}
    for _ in range(runs):
        stock.append(measure_stock(brokers, topics["single"], points))
        for name in names:
            workers[name].append(measure_worker(brokers, topics[name], points))
    report(summary(stock, points), {name: summary(passes, points) for name, passes in workers.items()}, as_json)


def publish(brokers: str, topic: str, n_points: int, load: Load, *, quiet: bool) -> None:
    """Create the topic and fill it: a slow wave with noise for each series, round by round."""
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics([NewTopic(topic, N_PARTITIONS, 1)])
    numbers = range(n_points // load.points_per_message)
    shown = numbers if quiet else track(numbers, f"publishing {load}", console=Console(stderr=True))
    with KafkaProducer(bootstrap_servers=brokers, linger_ms=20) as producer:
        for n in shown:
            at, which = divmod(n, load.n_series)
            series = f"host-{which:04d}/cpu"
            first = at * load.points_per_message
            points = [point(which, first + offset, load.n_series) for offset in range(load.points_per_message)]
            producer.send(topic, key=series.encode(), value=message(series, points))


def point(which: int, at: int, n_series: int) -> tuple[int, float]:
    """Return a timestamp in ms and the value of a series then."""
    noise = ((at * n_series + which) * 2654435761 % 1000) / 500
    return START_MS + at * STEP_MS, 100 + which % 17 + 5 * ((at + which) % 24) + noise


def message(series: str, points: list[tuple[int, float]]) -> bytes:
    """Write one point as an object, several as columns."""
    if len(points) == 1:
        [(timestamp_ms, value)] = points
        return f'{{"series":"{series}","timestamp":{timestamp_ms},"value":{value}}}'.encode()
    return json.dumps({"series": series, "points": points}, separators=(",", ":")).encode()


def measure_stock(brokers: str, topic: str, n_points: int) -> Measured:
    """Let a stock agent read the topic from its beginning."""
    command = [sys.executable, "-m", "benchmarks.stock_agent", brokers, topic, f"stock-{uuid.uuid4().hex[:8]}"]
    with subprocess.Popen([*command, str(n_points)], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("the stock agent has no output to read")
        line = process.stdout.readline()
        process.kill()
    seconds, cpu_seconds = map(float, line.split())
    return Measured(seconds, cpu_seconds)


def measure_worker(brokers: str, topic: str, n_points: int) -> Measured:
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
            return follow(process, log, n_points)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def follow(process: subprocess.Popen[bytes], log: Path, n_points: int) -> Measured:
    """Wait for the first and for the last point in the worker's own count."""
    deadline = time.monotonic() + PATIENCE_S
    first: tuple[float, float, int] | None = None
    while time.monotonic() < deadline and process.poll() is None:
        n_counted = count_points(log)
        now = time.perf_counter(), cpu_seconds(process.pid)
        if n_counted >= n_points and first is not None:
            share = n_points / (n_points - first[2])
            return Measured((now[0] - first[0]) * share, (now[1] - first[1]) * share)
        if n_counted and first is None:
            first = (*now, n_counted)
        time.sleep(POLL_S)
    raise RuntimeError(f"the worker did not score {n_points} points; its log:\n{log.read_text()[-2000:]}")


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


def summary(passes: list[Measured], n_points: int) -> dict[str, float]:
    """Return the medians of several passes."""
    return {
        "points_per_s": statistics.median(n_points / each.seconds for each in passes),
        "cpu_us_per_point": statistics.median(each.cpu_seconds / n_points * 1e6 for each in passes),
    }


def report(stock: dict[str, float], workers: dict[str, dict[str, float]], as_json: bool) -> None:
    """Print each row and how many times the stock agent it is."""
    rows = {name: row | ratios(row, stock) for name, row in workers.items()}
    if as_json:
        click.echo(json.dumps({"stock_faust_no_op": stock, "streamgauge": rows, "state_bytes": RECORD.itemsize}))
        return
    table = Table("", "points/s", "CPU us/point", "ratio", "by CPU")
    table.add_row("stock Faust, no-op agent", *cells(stock), "1", "1")
    for name, row in rows.items():
        table.add_row(str(LOADS[name]), *cells(row), f"{row['ratio']:.1f}", f"{row['cpu_ratio']:.1f}")
    Console().print(table)
    click.echo(f"state of a series: {RECORD.itemsize:,} bytes")


def ratios(row: dict[str, float], stock: dict[str, float]) -> dict[str, float]:
    """Compare a row with the stock agent, by the clock and by CPU."""
    return {
        "ratio": row["points_per_s"] / stock["points_per_s"],
        "cpu_ratio": stock["cpu_us_per_point"] / row["cpu_us_per_point"],
    }


def cells(row: dict[str, float]) -> tuple[str, str]:
    """Write a row's own figures."""
    return f"{row['points_per_s']:,.0f}", f"{row['cpu_us_per_point']:.1f}"


if __name__ == "__main__":
    main()
