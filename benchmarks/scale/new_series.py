"""10,000 new series in one second, and the series that a worker has already."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import islice

from benchmarks.harness.load import Load
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import Publisher, create
from benchmarks.harness.worker import Application, Running, worker

N_KNOWN = 1_000
N_NEW = 10_000
N_QUIET = 5
"""Seconds of the known series alone, before."""


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Publish a point of every known series each second, and one of every new series within one of them."""
    results = [measure(run) for _ in run.passes()]
    names = ("CPU before, cores", "until all were scored, s", "until behind a checkpoint, s", "CPU until then, s")
    rows = [
        [name, short(statistics.median(values))] for name, values in zip(names, zip(*results, strict=True), strict=True)
    ]
    note = f"A worker with {N_KNOWN:,} series at one point a second each; {run.passes_note}."
    yield "new-series", Table([f"{N_NEW:,} new series in one second", ""], rows, note)


def measure(run: Run) -> tuple[float, float, float, float]:
    """Measure one pass; return a figure for each row."""
    topic = create(run.brokers, "new-series")
    application, publisher = Application(run.brokers, topic), Publisher(run.brokers, topic)
    with worker(application.settings) as running:
        running.wait_ready()
        publisher.publish(Load(1, N_KNOWN).messages(N_KNOWN))
        running.wait_points(N_KNOWN)
        quiet_cores = before(running, publisher)
        return (quiet_cores, *burst(running, publisher))


def before(running: Running, publisher: Publisher) -> float:
    """Measure the CPU that the known series take, in cores."""
    started, cpu_before = time.perf_counter(), running.cpu_s()
    for at in range(N_QUIET):
        publisher.publish_evenly(list(Load(1, N_KNOWN).messages(N_KNOWN, 1 + at)), 1.0)
    return (running.cpu_s() - cpu_before) / (time.perf_counter() - started)


def burst(running: Running, publisher: Publisher) -> tuple[float, float, float]:
    """Publish the new series beside the known ones; measure from the first message on."""
    known = Load(1, N_KNOWN).messages(N_KNOWN, 1 + N_QUIET)
    new = islice(Load(1, N_KNOWN + N_NEW).messages(N_KNOWN + N_NEW), N_KNOWN, None)
    n_before = (1 + N_QUIET) * N_KNOWN
    started, cpu_before = time.perf_counter(), running.cpu_s()
    publisher.publish_evenly([*known, *new], 1.0)
    running.wait(lambda: running.n_points() >= n_before + N_KNOWN + N_NEW, "the new series")
    scored_s = time.perf_counter() - started
    running.wait(lambda: running.metric("consumer_lag") == 0, "their checkpoint")
    return scored_s, time.perf_counter() - started, running.cpu_s() - cpu_before
