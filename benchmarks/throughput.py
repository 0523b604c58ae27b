"""Points a second of a worker, by the kind of messages."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import measure_backlog

LOADS = (Load(1, 1_000), Load(1, 10_000), Load(100, 1_000), Load(1_000, 10))
N_SKIPPED_SHARE = 0.2


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let a worker read topics of different messages in turn."""
    n_points = run.less(500_000, 100_000)
    topics = {load: create(run.brokers, "throughput") for load in LOADS}
    for load, topic in topics.items():
        run.report(f"publishing {load}")
        publish(run.brokers, topic, load.messages(n_points))
    passes: dict[Load, list[Measured]] = {load: [] for load in LOADS}
    for _ in run.passes():
        for load, topic in topics.items():
            run.report(str(load))
            n_skipped = max(1, round(N_SKIPPED_SHARE * n_points))
            passes[load].append(measure_backlog(run.brokers, topic, n_skipped, n_points))
    rows = [[str(load), *map(short, medians(measured))] for load, measured in passes.items()]
    note = f"{n_points:,} points, 4 partitions; {run.passes_note}."
    yield "throughput", Table(["messages", "points/s", "CPU, µs a point"], rows, note)
