"""A message with a million points."""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import KafkaException

from benchmarks.harness.load import Message, message, point, series_name
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import Publisher, create
from benchmarks.harness.worker import Application, Running, worker
from stream.formats.limits import MAX_POINTS

LARGEST = 100_000_000
"""Bytes that broker and worker are set to accept, to see what the worker does with what its own default refuses."""

MIB = 1024 * 1024


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Publish the largest message that is scored, and two that are not."""
    headers = ["points", "message, MB", "topic's limit", "what happens", "seconds", "memory more, MiB", "rebalances"]
    rows = [
        measure(run, MAX_POINTS, None),
        measure(run, MAX_POINTS + 1, None),
        measure(run, 1_000_000, None),
        measure(run, 1_000_000, LARGEST),
    ]
    note = "One pass. Seconds: until the message and a point behind it are behind a checkpoint."
    yield "large-message", Table(headers, rows, note)


def measure(run: Run, n_points: int, limit: int | None) -> list[str]:
    """Publish one message of so many points to a worker and its topic; return the row."""
    run.report(f"{n_points:,} points")
    configs = {} if limit is None else {"max_message_bytes": str(limit)}
    topic = create(run.brokers, "large", 1, **configs)
    settings = {} if limit is None else {"MAX_MESSAGE_BYTES": str(limit)}
    with worker(Application(run.brokers, topic, **settings).settings) as running:
        running.wait_ready()
        large = message(series_name(0), [point(0, at, 1) for at in range(n_points)])
        outcome, *figures = watch(running, Publisher(run.brokers, topic, LARGEST), large)
    return [f"{n_points:,}", f"{len(large) / 1e6:.1f}", "default" if limit is None else "100 MB", outcome, *figures]


def watch(running: Running, publisher: Publisher, large: bytes) -> list[str]:
    """Publish the message, and a point behind it; say what became of it."""
    rebalances, memory = running.metric("rebalances_total"), running.memory_bytes()
    started = time.perf_counter()
    try:
        publisher.publish([Message(series_name(0).encode(), large)])
    except KafkaException:
        return ["the broker refuses it, the sender gets an error", "", "", ""]
    name = series_name(1)
    publisher.publish([Message(name.encode(), message(name, [point(1, 0, 1)]))])
    peak = [memory]

    def is_done() -> bool:
        peak.append(running.memory_bytes())
        return running.n_points() > 0 and running.metric("consumer_lag") == 0

    running.wait(is_done, "the message and the point behind it")
    seconds = time.perf_counter() - started
    reasons = [labels for labels, n_refused in running.samples("dead_letters_total").items() if n_refused]
    outcome = f"dead-lettered, `{''.join(reasons)}`" if reasons else "scored"
    more = running.metric("rebalances_total") - rebalances
    return [outcome, short(seconds), short((max(peak) - memory) / MIB), f"{more:.0f}"]
