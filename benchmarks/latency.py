"""Milliseconds from a point at its sender to its episode event at a reader, by the rate of points.

A worker, a sender and a reader run in a process each, beside one broker. Every series is past its warm-up. A few points
are planted faults, each of another series: the first event of an episode tells how long such a point has taken. The
highest rate is half of what this worker can do, which is found first.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

from benchmarks.harness.load import Load
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import N_PARTITIONS, create, publish
from benchmarks.harness.worker import Application, Running, worker
from benchmarks.latency_clients import Pass, PointId, Sent, Source, point_id, run_reader, run_sender

WARMUP = 300
POINTS_PER_MESSAGE = 100
RATES = (100.0, 10_000.0)
BURST_POINTS = 200_000
SETTLED_S = 2.0
PATIENCE_S = 300.0
POLL_S = 0.2
"""Each question costs the worker some milliseconds."""

PERCENTILES = {"p50": 0.50, "p90": 0.90, "p99": 0.99, "highest": 1.0}


class Setup(NamedTuple):
    """What the passes have in common.

    Attributes
    ----------
    running : Running
        The worker.
    source : Source
    sender, reader : Connection
        Pipes to the two client processes.
    """

    running: Running
    source: Source
    sender: Connection
    reader: Connection


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Time planted faults at each rate, the rates in turn."""
    n_series, seconds, n_faults = run.less(5_000, 500), run.less(20, 5), run.less(200, 50)
    with setup(run.brokers, n_series) as each:
        plan = Plan(n_series)
        run.report("finding the highest rate")
        rates = [*RATES, half_of_maximum(each, plan)]
        passes: dict[float, list[dict[str, float]]] = {rate: [] for rate in rates}
        for _ in run.passes():
            for rate in rates:
                run.report(f"{rate:,.0f} points/s")
                passes[rate].append(measure(each, plan.next_pass(round(rate * seconds), rate, n_faults)))
    rows = [row(rate, medians(measured)) for rate, measured in passes.items()]
    headers = ["points/s", *(f"{name}, ms" for name in PERCENTILES), "CPU, µs a point"]
    note = f"{n_series:,} series, {seconds} s a pass, {n_faults} faults each; medians of {run.n_passes} passes."
    yield "latency", Table(headers, rows, note)


def row(rate: float, measured: dict[str, float]) -> list[str]:
    """Write the figures of a rate."""
    lost = f", {measured['missing']:,.0f} missing" if measured["missing"] else ""
    return [f"{rate:,.0f}{lost}", *(short(measured[name]) for name in PERCENTILES), short(measured["cpu_us_per_point"])]


class Plan:
    """Which points come next, and which series have had a fault.

    Parameters
    ----------
    n_series : int
        All past their warm-up.
    """

    def __init__(self, n_series: int) -> None:
        self._n_series, self._next = n_series, WARMUP * n_series
        self._faulty: set[int] = set()

    def next_pass(self, n_points: int, rate: float, n_faults: int = 0) -> Pass:
        """Spread faults evenly over so many points, each on a series that has had none."""
        numbers = range(self._next, self._next + n_points)
        self._next = numbers.stop
        faults = set()
        for at in range(n_faults):
            candidates = range(numbers[at * n_points // n_faults], numbers.stop)
            fault = next((each for each in candidates if each % self._n_series not in self._faulty), None)
            if fault is not None:
                self._faulty.add(fault % self._n_series)
                faults.add(fault)
        return Pass(numbers, rate, frozenset(faults))


@contextmanager
def setup(brokers: str, n_series: int) -> Iterator[Setup]:
    """Start a worker and the clients, and bring all series past their warm-up."""
    source = Source(brokers, create(brokers, "latency"), N_PARTITIONS, n_series)
    anomalies = create(brokers, "latency-anomalies")
    application = Application(brokers, source.topic, ANOMALIES_TOPIC=anomalies, WARMUP=str(WARMUP))
    with (
        worker(application.settings) as running,
        client(run_sender, source) as sender,
        client(run_reader, brokers, anomalies) as reader,
    ):
        each = Setup(running, source, sender, reader)
        if reader.recv() != "reading":
            raise RuntimeError("the reader did not start")
        warm_up(each)
        yield each


@contextmanager
def client(target: Callable[..., None], *args: object) -> Iterator[Connection]:
    """Run a client in a process of its own until the end of the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*args, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
        ours.send(None)
        process.join(PATIENCE_S)
    finally:
        process.kill()


def warm_up(each: Setup) -> None:
    """Let the worker see the first points of every series."""
    n_points = WARMUP * each.source.n_series
    load = Load(POINTS_PER_MESSAGE, each.source.n_series)
    publish(each.source.brokers, each.source.topic, load.messages(n_points))
    wait_for_points(each, n_points)
    time.sleep(SETTLED_S)
    arrivals(each)


def wait_for_points(each: Setup, n_points: float) -> None:
    """Wait until the worker has counted so many points."""
    deadline = time.monotonic() + PATIENCE_S
    while each.running.n_points() < n_points:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the worker did not score {n_points:,.0f} points within {PATIENCE_S:.0f} s")
        time.sleep(POLL_S)


def arrivals(each: Setup) -> dict[PointId, float]:
    """Ask the reader for what has come since the last call."""
    each.reader.send("all")
    found: dict[PointId, float] = each.reader.recv()
    return found


def half_of_maximum(each: Setup, plan: Plan) -> float:
    """Find the rate at which the worker follows a sender that does not wait, and halve it."""
    n_before = each.running.n_points()
    each.sender.send(plan.next_pass(BURST_POINTS, math.inf))
    wait_for_points(each, n_before + BURST_POINTS)
    seconds = time.monotonic() - sent_of(each).started_s
    time.sleep(SETTLED_S)
    arrivals(each)
    return float(round(BURST_POINTS / seconds / 2, -3))


def sent_of(each: Setup) -> Sent:
    """Wait for the sender's answer."""
    sent: Sent = each.sender.recv()
    return sent


def measure(each: Setup, planned: Pass) -> dict[str, float]:
    """Send a pass and time what comes of it."""
    n_before, cpu_before = each.running.n_points(), each.running.cpu_s()
    each.sender.send(planned)
    sent = sent_of(each)
    wait_for_points(each, n_before + len(planned.numbers))
    cpu = each.running.cpu_s() - cpu_before
    wanted = [point_id(each.source, number) for number in sorted(planned.faults)]
    arrived_s = collect(each, set(wanted))
    milliseconds = sorted((arrived_s[name] - sent.at_s[name]) * 1000 for name in wanted if name in arrived_s)
    at_most = {name: milliseconds[math.ceil(share * len(milliseconds)) - 1] for name, share in PERCENTILES.items()}
    missing = len(wanted) - len(milliseconds)
    return at_most | {"missing": missing, "cpu_us_per_point": cpu / len(planned.numbers) * 1e6}


def collect(each: Setup, wanted: set[PointId]) -> dict[PointId, float]:
    """Gather what the reader has seen until all is there, or nothing more comes."""
    arrived_s: dict[PointId, float] = {}
    while True:
        time.sleep(SETTLED_S)
        new = arrivals(each)
        arrived_s |= new
        if wanted <= arrived_s.keys() or not new:
            return arrived_s


def medians(passes: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(each[name] for each in passes) for name in passes[0]}
