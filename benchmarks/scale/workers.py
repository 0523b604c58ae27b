"""The cost of a point where two workers share the topic."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import Application, Running, worker

LOAD = Load(1, 1_000)
POLL_S = 0.05


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let one worker and two take turns on the same full topic."""
    n_points = run.less(1_200_000, 400_000)
    topic = create(run.brokers, "workers")
    run.report("publishing")
    publish(run.brokers, topic, LOAD.messages(n_points))
    passes: dict[int, list[Measured]] = {1: [], 2: []}
    for _ in run.passes():
        for n_workers, measured in passes.items():
            run.report(f"{n_workers} worker(s)")
            measured.append(measure(run.brokers, topic, n_workers, n_points))
    one_rate, one_cost = medians(passes[1])
    rows = []
    for n_workers, measured in passes.items():
        rate, cost = medians(measured)
        rows.append([str(n_workers), short(rate), short(cost), short(rate / one_rate), short(cost / one_cost)])
    headers = ["workers", "points/s, together", "CPU, µs a point", "rate to one", "CPU to one"]
    yield "workers", Table(headers, rows, f"{LOAD}, 4 partitions; {run.passes_note}.")


def measure(brokers: str, topic: str, n_workers: int, n_points: int) -> Measured:
    """Start the workers of one group together, and measure from the moment when each reads its share."""
    application = Application(brokers, topic)
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(application.settings)) for _ in range(n_workers)]
        workers[0].wait(lambda: all(each.n_points() for each in workers), "points of every worker")
        return measure_together(workers, n_points)


def measure_together(workers: Sequence[Running], n_points: int) -> Measured:
    """Measure all workers until nine tenths of the topic are read: nobody may have run dry before."""
    before, started = total(workers), time.perf_counter()
    cpu_before = sum(each.cpu_s() for each in workers)
    workers[0].wait(lambda: total(workers) >= before + (n_points - before) * 9 // 10, "the points of the topic", POLL_S)
    after, seconds = total(workers), time.perf_counter() - started
    return Measured(after - before, seconds, sum(each.cpu_s() for each in workers) - cpu_before)


def total(workers: Sequence[Running]) -> int:
    """Count the points of all workers."""
    return sum(each.n_points() for each in workers)
