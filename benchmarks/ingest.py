"""What `streamgauge ingest` costs a point: each format in memory, and Telegraf JSON from topic to topic.

    make kafka-start
    .venv/bin/python -m benchmarks.ingest

The messages in memory are the captured ones of tests/data/captures: each is read, its series named and grouped, and the
points written as messages of the metrics topic. From topic to topic a process of its own reads what was published
before; a stock Faust agent that does nothing reads the same topic in turn.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from benchmarks.harness.load import Message
from benchmarks.harness.machine import describe
from benchmarks.harness.process import Measured, cpu_seconds
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, delete, publish
from benchmarks.peers.process import measure, stock_faust
from stream.events.dead_letter import SourcePartition
from stream.ingest.batch_reader import BatchReader, IngestBatch
from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.series_names import NewSeriesLimit, SeriesNames
from stream.ingest.source_buffer import SourceMessage
from stream.ingest.sources import Source, Sources
from stream.ingest.topic_formats import TopicFormats
from stream.settings.settings import Settings
from tests.unit.ingest.captures import FORMATS, captured

N_HOSTS = 200
N_FIELDS = 10
BATCH = 1_000
ROUNDS = 5
PATIENCE_S = 600.0
POLL_S = 0.05
COMMAND = Path(sys.executable).with_name("streamgauge")


class CapturedMessage(NamedTuple):
    """A message, as a consumer gives it."""

    value: bytes
    timestamp: int
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def in_memory(name: str) -> tuple[int, float]:
    """Read the messages of a capture again and again; give the points, and the least CPU seconds of a round."""
    source = SourcePartition("captured", 0)
    messages = [SourceMessage(source, message.timestamp_ms, CapturedMessage(*message)) for message in captured(name)]
    messages = (messages * (BATCH // len(messages) + 1))[:BATCH]
    best_s, n_points = float("inf"), 0
    for _ in range(ROUNDS):
        limit = NewSeriesLimit(10_000, 0.0)
        formats = TopicFormats(Sources([Source("*", FORMATS[name])]), Schemas(Settings()))
        formats.recognise(messages)
        batch_reader, batch = BatchReader(formats, SeriesNames(), limit, 1e9), IngestBatch()
        start_s = time.process_time()
        batch_reader.read(messages, batch, messages[0].timestamp_ms, 0.0)
        for _series, _value in batch.messages():
            pass
        best_s, n_points = min(best_s, time.process_time() - start_s), batch.n_points
    return n_points, best_s


def telegraf(i: int) -> Message:
    """Make the message of a host's processor: ten numbers, as Telegraf's cpu input."""
    host = f"host-{i % N_HOSTS}"
    fields = {f"usage_{number}": i % 97 + number / 7 for number in range(N_FIELDS)}
    tags = {"cpu": "cpu-total", "host": host}
    document = {"fields": fields, "name": "cpu", "tags": tags, "timestamp": 1_795_466_329 + i // N_HOSTS}
    return Message(host.encode(), json.dumps(document).encode())


def measure_ingest(brokers: str, source: str, n_messages: int) -> Measured:
    """Let an ingest read a topic from its beginning, and look at its counter from outside."""
    unique = uuid.uuid4().hex[:8]
    metrics, port = f"bench-metrics-{unique}", free_port()
    settings = {"BROKERS": brokers, "APP_ID": f"bench-{unique}", "METRICS_TOPIC": metrics, "FUTURE_TOLERANCE_S": "1e9"}
    environment = os.environ | {f"STREAMGAUGE_{name}": text for name, text in settings.items()}
    command = [str(COMMAND), "ingest", f"{source}=telegraf-json", "--health-port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        return follow(process, port, N_FIELDS * n_messages)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        delete(brokers, [metrics, f"{metrics}.dlq"])


def follow(process: subprocess.Popen[bytes], port: int, n_points: int) -> Measured:
    """Measure from the first look that finds points written to the first that finds the last of them.

    Raises
    ------
    RuntimeError
        If it ends before, or takes too long.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    first: tuple[int, float, float] | None = None
    while process.poll() is None and time.monotonic() < deadline_s:
        n_written, now_s, cpu_s = points_written(port), time.perf_counter(), cpu_seconds(process.pid)
        if first is None and n_written:
            first = (n_written, now_s, cpu_s)
        elif first is not None and n_written >= n_points:
            return Measured(n_written - first[0], now_s - first[1], cpu_s - first[2])
        time.sleep(POLL_S)
    raise RuntimeError(f"ingest did not write {n_points:,} points within {PATIENCE_S:g} s")


def points_written(port: int) -> int:
    """Read the counter of points on /metrics; 0 until it answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return 0
    counts = (line.split()[1] for line in lines if line.startswith("streamgauge_ingest_points_total"))
    return round(float(next(counts, 0.0)))


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_table() -> Table:
    """Measure each format in memory."""
    rows = []
    for name, format_name in FORMATS.items():
        n_points, seconds = in_memory(name)
        rows.append([format_name, f"{1e6 * seconds / n_points:.2f}"])
    return Table(["format, in memory", "CPU, us a point"], rows, f"The fastest of {ROUNDS} rounds.")


def topic_table(run: Run) -> Table:
    """Let ingest and a stock Faust agent read the same topic of Telegraf's JSON in turn."""
    n_messages = run.less(100_000, 20_000)
    peer = stock_faust(run.less(50_000, 10_000))
    source = create(run.brokers, "telegraf")
    run.report("publishing")
    publish(run.brokers, source, map(telegraf, range(n_messages)))
    own: list[Measured] = []
    stock: list[Measured] = []
    for _ in run.passes():
        stock.append(measure(peer, run.brokers, source))
        own.append(measure_ingest(run.brokers, source, n_messages))
    delete(run.brokers, [source])
    (rate, cost), (stock_rate, stock_cost) = medians(own), medians(stock)
    return Table(
        ["Telegraf's JSON, topic to topic", "a second", "CPU, us", "ratio", "by CPU"],
        [
            [f"{peer.name}: messages", short(stock_rate), short(stock_cost), "1", "1"],
            [
                "streamgauge ingest: messages",
                *(short(rate / N_FIELDS), short(cost * N_FIELDS)),
                *(short(rate / N_FIELDS / stock_rate), short(stock_cost / cost / N_FIELDS)),
            ],
            ["streamgauge ingest: points", *map(short, (rate, cost, rate / stock_rate, stock_cost / cost))],
        ],
        f"{N_FIELDS} numbers a message; medians of {run.n_passes} passes in turn on {describe()}.",
    )


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and deleted.")
@click.option("--passes", default=3, show_default=True, type=click.IntRange(1), help="Passes; medians are printed.")
@click.option("--quick", is_flag=True, help="Measure little, once: to see that everything works.")
@click.option("--memory-only", is_flag=True, help="Measure without a broker.")
def main(brokers: str, passes: int, quick: bool, memory_only: bool) -> None:
    """Print what a point costs, and the rate beside that of a stock Faust agent."""
    tables = [memory_table()]
    if not memory_only:
        tables.append(topic_table(Run(brokers, 1 if quick else passes, quick)))
    for table in tables:
        Console().print(table.terminal())
        click.echo(table.note)


if __name__ == "__main__":
    main()
