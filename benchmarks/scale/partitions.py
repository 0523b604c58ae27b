"""The cost of a point, by the partitions of the topic."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import measure_backlog

LOAD = Load(1, 1_000)
N_SKIPPED = 50_000


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let a worker read the same points from 4, 16 and 64 partitions."""
    n_points = run.less(400_000, 150_000)
    topics = {n: create(run.brokers, f"partitions-{n}", n) for n in (4, 16, 64)}
    run.report("publishing")
    for topic in topics.values():
        publish(run.brokers, topic, LOAD.messages(n_points))
    passes: dict[int, list[Measured]] = {n: [] for n in topics}
    for _ in run.passes():
        for n_partitions, topic in topics.items():
            run.report(f"{n_partitions} partitions")
            measured = measure_backlog(run.brokers, topic, N_SKIPPED, n_points, PARTITIONS=str(n_partitions))
            passes[n_partitions].append(measured)
    rows = [[str(n), *map(short, medians(measured))] for n, measured in passes.items()]
    headers = ["partitions", "points/s", "CPU, µs a point"]
    yield "partitions", Table(headers, rows, f"{LOAD}; {run.passes_note}.")
