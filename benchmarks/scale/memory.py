"""Memory of a worker over ten million points."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.harness.load import Load
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import Application, worker
from stream.sizing import MIB

LOAD = Load(100, 1_000)
POLL_S = 1.0
GROWING_SHARE = 0.3
"""Of the run: all series are learned, and buffers grow to their size."""


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Follow the resident set, and fit a line to all but the beginning."""
    n_points = run.less(10_000_000, 1_000_000)
    topic = create(run.brokers, "memory")
    run.report("publishing")
    publish(run.brokers, topic, LOAD.messages(n_points))
    run.report("scoring")
    samples = follow(Application(run.brokers, topic), n_points)
    steady = [(points, memory) for points, memory in samples if points >= GROWING_SHARE * n_points]
    slope, _ = statistics.linear_regression(*zip(*steady, strict=True))
    rows = [
        ["memory after three tenths of the points, MiB", short(steady[0][1])],
        ["memory at the end, MiB", short(steady[-1][1])],
        ["highest between, MiB", short(max(memory for _, memory in steady))],
        ["slope of a line through these, KiB per million points", short(slope * 1e6 * 1024)],
    ]
    yield "memory", Table([f"{n_points:,} points", ""], rows, f"{LOAD}; one pass, a sample a second.")


def follow(application: Application, n_points: int) -> list[tuple[float, float]]:
    """Sample points scored and resident memory in MiB until all points are scored."""
    samples: list[tuple[float, float]] = []

    with worker(application.settings) as running:

        def all_scored() -> bool:
            samples.append((running.n_points(), running.memory_bytes() / MIB))
            return samples[-1][0] >= n_points

        running.wait(all_scored, f"{n_points:,} points", POLL_S)
    return samples
