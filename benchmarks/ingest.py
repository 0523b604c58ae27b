"""What `streamgauge ingest` costs a point: each format in memory, and Telegraf JSON from topic to topic.

    make kafka-start
    .venv/bin/python -m benchmarks.ingest

The messages are the captured ones of tests/data/captures. In memory, each is read, its series named and grouped, and
the points written as messages of the metrics topic. From topic to topic a process of its own reads what was published
before, and its CPU time counts beside the time on the clock.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import click
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from rich.console import Console
from rich.table import Table

from stream.events.dead_letter import SourcePartition
from stream.ingest.batch import IngestBatch
from stream.ingest.batch_reader import BatchReader
from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.new_series import NewSeriesLimit
from stream.ingest.samples.series_names import SeriesNames
from stream.ingest.source_message import SourceMessage
from stream.ingest.sources import Source, Sources
from stream.ingest.topic_formats import TopicFormats
from stream.settings.settings import Settings
from tests.unit.ingest.captures import FORMATS, captured

N_PARTITIONS = 4
N_HOSTS = 200
N_MESSAGES = 100_000
BATCH = 1_000
ROUNDS = 5
PATIENCE_S = 300.0
COMMAND = Path(sys.executable).with_name("streamgauge")


class Message(NamedTuple):
    """A message, as a consumer gives it."""

    value: bytes
    timestamp: int
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def in_memory(name: str) -> tuple[int, float]:
    """Read the messages of a capture again and again; give the points, and the least CPU seconds of a round."""
    source = SourcePartition("captured", 0)
    messages = [SourceMessage(source, message.timestamp_ms, Message(*message)) for message in captured(name)]
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


def telegraf(i: int) -> bytes:
    """Make the message of a host's processor: ten numbers, as Telegraf's cpu input."""
    fields = {f"usage_{number}": i % 97 + number / 7 for number in range(10)}
    tags = {"cpu": "cpu-total", "host": f"host-{i % N_HOSTS}"}
    return json.dumps(
        {"fields": fields, "name": "cpu", "tags": tags, "timestamp": 1_795_466_329 + i // N_HOSTS}
    ).encode()


def topic_to_topic(brokers: str) -> tuple[int, float, float]:
    """Publish messages, then ingest them; give the points, the seconds and the CPU seconds of the process."""
    unique = uuid.uuid4().hex[:8]
    source, metrics = f"bench-telegraf-{unique}", f"bench-metrics-{unique}"
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics({source: {"num_partitions": N_PARTITIONS, "replication_factor": 1, "configs": {}}})
        admin.wait_for_topics([source])
    with KafkaProducer(bootstrap_servers=brokers, linger_ms=50) as producer:
        for i in range(N_MESSAGES):
            producer.send(source, telegraf(i), key=f"host-{i % N_HOSTS}".encode())
    settings = {"BROKERS": brokers, "APP_ID": f"bench-{unique}", "METRICS_TOPIC": metrics, "FUTURE_TOLERANCE_S": "1e9"}
    environment = os.environ | {f"STREAMGAUGE_{name}": text for name, text in settings.items()}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start_s = time.monotonic()
    process = subprocess.Popen([COMMAND, "ingest", source], env=environment, stderr=subprocess.DEVNULL)
    seconds = wait_committed(brokers, f"bench-{unique}-ingest", source) - start_s
    process.send_signal(signal.SIGTERM)
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 10 * N_MESSAGES, seconds, cpu_s


def wait_committed(brokers: str, group: str, topic: str) -> float:
    """Wait until a group has committed a whole topic; give the time then."""
    partitions = [TopicPartition(topic, number) for number in range(N_PARTITIONS)]
    deadline_s = time.monotonic() + PATIENCE_S
    with KafkaConsumer(bootstrap_servers=brokers, group_id=group, enable_auto_commit=False) as consumer:
        ends = consumer.end_offsets(partitions)
        while time.monotonic() < deadline_s:
            if all((consumer.committed(partition) or 0) >= end for partition, end in ends.items()):
                return time.monotonic()
            time.sleep(0.5)
    raise TimeoutError(f"{group} has not read {topic} within {PATIENCE_S:g} s")


@click.command()
@click.option("--brokers", default="localhost:9092", show_default=True)
@click.option("--memory-only", is_flag=True, help="Measure without a broker.")
def main(brokers: str, memory_only: bool) -> None:
    """Print points a second, and microseconds of CPU a point."""
    table = Table("format", "points/s", "CPU us/point")
    for name, format_name in FORMATS.items():
        n_points, seconds = in_memory(name)
        table.add_row(f"{format_name}, in memory", f"{n_points / seconds:,.0f}", f"{1e6 * seconds / n_points:.2f}")
    if not memory_only:
        n_points, seconds, cpu_s = topic_to_topic(brokers)
        row = "telegraf-json, topic to topic, with the start"
        table.add_row(row, f"{n_points / seconds:,.0f}", f"{1e6 * cpu_s / n_points:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
