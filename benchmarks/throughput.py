"""Points a second of a worker, by the kind of messages, beside an agent that does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import measure_backlog
from benchmarks.peers.process import measure, stock_faust

LOADS = (Load(1, 1_000), Load(1, 10_000), Load(100, 1_000), Load(1_000, 10))
N_SKIPPED_SHARE = 0.2


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let a worker read topics of different messages in turn, and stock Faust the first of them."""
    n_points, stock = run.less(500_000, 100_000), stock_faust(run.less(30_000, 3_000))
    topics = {load: create(run.brokers, "throughput") for load in LOADS}
    for load, topic in topics.items():
        run.report(f"publishing {load}")
        publish(run.brokers, topic, load.messages(n_points))
    passes: dict[str, list[Measured]] = {stock.name: [], **{str(load): [] for load in LOADS}}
    for _ in run.passes():
        run.report(stock.name)
        passes[stock.name].append(measure(stock, run.brokers, topics[LOADS[0]]))
        for load, topic in topics.items():
            run.report(str(load))
            n_skipped = max(1, round(N_SKIPPED_SHARE * n_points))
            passes[str(load)].append(measure_backlog(run.brokers, topic, n_skipped, n_points))
    note = f"{n_points:,} points, 4 partitions; Faust reads the topic of the first load; {run.passes_note}."
    yield "throughput", Table(["messages", "points/s", "CPU, µs a point", "to Faust"], rows(passes), note)


def rows(passes: Mapping[str, Sequence[Measured]]) -> list[list[str]]:
    """Write the medians, and points a second as a multiple of the first row's."""
    found = {name: medians(measured) for name, measured in passes.items()}
    stock_rate, _ = next(iter(found.values()))
    return [[name, short(rate), short(cost), short(rate / stock_rate)] for name, (rate, cost) in found.items()]
