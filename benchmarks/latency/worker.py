"""Milliseconds from a point at its sender to its episode event at a reader, by the rate of points.

    make kafka-start
    .venv/bin/python -m benchmarks latency
    .venv/bin/python -m benchmarks.latency --rate 500 --scores

A worker, a sender and a reader run in a process each, beside one broker. Every series is past its warm-up. A few points
are planted faults, each of another series: the first event of an episode tells how long such a point has taken. The
highest rate is half of what this worker can do, which is found first. With `--scores` the worker publishes the score of
every point, and all points are timed.
"""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple

import click
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from rich.console import Console

from benchmarks.harness.load import message, point
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import N_PARTITIONS
from benchmarks.harness.worker import Running, worker
from benchmarks.latency.clients import (
    Pass,
    PointId,
    Sent,
    Source,
    client,
    point_id,
    run_reader,
    run_sender,
    series_name,
)
from benchmarks.latency.copying import measure_copies
from benchmarks.latency.figures import PERCENTILES, figures, medians

WARMUP = 300
POINTS_PER_MESSAGE = 100
HALF = "half"
RATES = ("100", "10000", HALF)
COPIED_RATE = 100.0
BURST_POINTS = 200_000
SETTLED_S = 2.0
PATIENCE_S = 120.0
POLL_S = 0.2
"""Each question costs the worker some milliseconds."""


class Setup(NamedTuple):
    """What the passes have in common.

    Attributes
    ----------
    running : Running
        The worker.
    source : Source
    sender, reader : Connection
        Pipes to the two client processes.
    with_scores : bool
    """

    running: Running
    source: Source
    sender: Connection
    reader: Connection
    with_scores: bool


@click.command()
@click.option("--brokers", default="127.0.0.1:9092", show_default=True, help="A Kafka; topics are made and left.")
@click.option(*("--rate", "rates"), multiple=True, default=RATES, help="Points a second; `half` of the maximum.")
@click.option("--seconds", default=20.0, show_default=True, help="Length of each pass.")
@click.option("--runs", default=3, show_default=True, help="Passes of each rate; medians are printed.")
@click.option("--series", default=5_000, show_default=True, help="Series that take turns.")
@click.option("--faults", default=200, show_default=True, help="Planted faults of each pass.")
@click.option("--scores", is_flag=True, help="Publish the score of every point, and time all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    brokers: str,
    rates: tuple[str, ...],
    seconds: float,
    runs: int,
    series: int,
    faults: int,
    scores: bool,
    as_json: bool,
) -> None:
    """Measure the latency of a worker."""
    with setup(brokers, series, with_scores=scores) as each:
        rows = measure_rates(each, rates, seconds, faults, runs)
    if as_json:
        click.echo(json.dumps([{"rate": rate} | row for rate, row in rows.items()]))
    else:
        Console().print(table(rows, f"Medians of {runs} passes.").terminal())


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Measure 100 and 10,000 points a second, and half of what the worker can do."""
    n_series, seconds, faults = run.less(5_000, 1_000), run.less(20, 5), run.less(200, 50)
    run.report(f"warming up {n_series:,} series")
    copied = measure_copies(run.brokers, n_series, COPIED_RATE, seconds, run.n_passes)
    with setup(run.brokers, n_series, with_scores=False) as each:
        rows = measure_rates(each, RATES, seconds, faults, run.n_passes)
    note = (
        f"From the producer's send to the episode at a reader, {faults} planted faults in each pass of {seconds} s, "
        f"{n_series:,} series; {run.passes_note}. Copied: by a loop of the same clients that publishes an event for "
        "each point and detects nothing."
    )
    yield "latency", table(rows, note, copied)


def measure_rates(
    each: Setup, rates: Sequence[str], seconds: float, faults: int, n_passes: int
) -> dict[float, dict[str, float]]:
    """Let the rates take turns; return the medians of each."""
    plan = Plan(each.source.n_series)
    chosen = [half_of_maximum(each, plan) if rate == HALF else float(rate) for rate in rates]
    passes: dict[float, list[dict[str, float]]] = {rate: [] for rate in chosen}
    for _ in range(n_passes):
        for rate in chosen:
            passes[rate].append(measure(each, plan.next_pass(round(rate * seconds), rate, faults)))
    return {rate: medians(measured) for rate, measured in passes.items()}


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
def setup(brokers: str, n_series: int, *, with_scores: bool) -> Iterator[Setup]:
    """Start a worker and the clients, and bring all series past their warm-up."""
    unique = uuid.uuid4().hex[:8]
    source = Source(brokers, f"latency-{unique}", N_PARTITIONS, n_series)
    outputs = {name: f"{name}-{unique}" for name in ("anomalies", "scores")}
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.create_topics([NewTopic(topic, N_PARTITIONS, 1) for topic in (source.topic, *outputs.values())])
    settings = {"BROKERS": brokers, "APP_ID": f"gauge-{unique}", "METRICS_TOPIC": source.topic}
    settings |= {"ANOMALIES_TOPIC": outputs["anomalies"], "HEALTH_PORT": "0", "LOG_FORMAT": "json"}
    settings |= {"WARMUP": str(WARMUP)} | ({"SCORES_TOPIC": outputs["scores"]} if with_scores else {})
    with (
        worker(settings) as running,
        client(run_sender, source) as sender,
        client(run_reader, brokers, outputs["scores" if with_scores else "anomalies"]) as reader,
    ):
        each = Setup(running, source, sender, reader, with_scores)
        if reader.recv() != "reading":
            raise RuntimeError("the reader did not start")
        warm_up(each)
        yield each


def warm_up(each: Setup) -> None:
    """Let the worker see the first points of every series."""
    with KafkaProducer(bootstrap_servers=each.source.brokers, linger_ms=20) as producer:
        for first in range(0, WARMUP, POINTS_PER_MESSAGE):
            for which in range(each.source.n_series):
                rounds = range(first, first + POINTS_PER_MESSAGE)
                points = [point(which, at, each.source.n_series) for at in rounds]
                series = series_name(which)
                producer.send(each.source.topic, key=series.encode(), value=message(series, points))
    wait_for_points(each, WARMUP * each.source.n_series)
    time.sleep(SETTLED_S)
    arrivals(each)


def wait_for_points(each: Setup, n_points: float) -> None:
    """Wait until the worker has counted so many points."""
    deadline = time.monotonic() + PATIENCE_S
    while n_counted(each) < n_points:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the worker did not score {n_points:,.0f} points within {PATIENCE_S:.0f} s")
        time.sleep(POLL_S)


def n_counted(each: Setup) -> float:
    """Ask the worker how many points it has seen."""
    return each.running.metric("points_total")


def arrivals(each: Setup) -> dict[PointId, float]:
    """Ask the reader for what has come since the last call."""
    each.reader.send("all")
    found: dict[PointId, float] = each.reader.recv()
    return found


def half_of_maximum(each: Setup, plan: Plan) -> float:
    """Find the rate at which the worker follows a sender that does not wait, and halve it."""
    n_before = n_counted(each)
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
    n_before, cpu_before = n_counted(each), each.running.cpu_s()
    each.sender.send(planned)
    sent = sent_of(each)
    wait_for_points(each, n_before + len(planned.numbers))
    cpu = each.running.cpu_s() - cpu_before
    timed = planned.numbers if each.with_scores else sorted(planned.faults)
    wanted = [point_id(each.source, number) for number in timed]
    arrived_s = collect(each, set(wanted))
    seconds = sent.ended_s - sent.started_s
    return figures(sent, arrived_s, wanted) | {
        "cpu_share": cpu / seconds,
        "cpu_us_per_point": cpu / len(planned.numbers) * 1e6,
    }


def collect(each: Setup, wanted: set[PointId]) -> dict[PointId, float]:
    """Gather what the reader has seen until all is there, or nothing more comes."""
    arrived_s: dict[PointId, float] = {}
    while True:
        time.sleep(SETTLED_S)
        new = arrivals(each)
        arrived_s |= new
        if wanted <= arrived_s.keys() or not new:
            return arrived_s


def table(rows: dict[float, dict[str, float]], note: str, copied: dict[str, float] | None = None) -> Table:
    """Write a row for each rate, below what a loop without a detector takes."""
    headers = ["points/s", "p50, ms", "p90, ms", "p99, ms", "max, ms", "timed", "missing", "cores", "CPU, µs a point"]
    cells = [] if copied is None else [[f"{copied['points_per_s']:,.0f}, copied", *times(copied), "", ""]]
    cells += [
        [f"{row['points_per_s']:,.0f}", *times(row), short(row["cpu_share"]), short(row["cpu_us_per_point"])]
        for row in rows.values()
    ]
    return Table(headers, cells, note)


def times(row: dict[str, float]) -> list[str]:
    """Write the times of a row, and of how many points they are."""
    return [*(short(row[name]) for name in PERCENTILES), *(f"{row[name]:,.0f}" for name in ("timed", "missing"))]


if __name__ == "__main__":
    main()
