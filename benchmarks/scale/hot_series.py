"""One series with 90 % of the points."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness.load import Load, Message, message, point, series_name
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, medians, short
from benchmarks.harness.topic import create, publish
from benchmarks.harness.worker import measure_backlog

LOAD = Load(1, 1_000)
N_SKIPPED = 50_000


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Let a worker read an even topic and one with a hot series in turn."""
    n_points = run.less(400_000, 150_000)
    topics = {name: create(run.brokers, "hot-series") for name in ("all alike", "one with 90 % of the points")}
    even, hot = topics.values()
    run.report("publishing")
    publish(run.brokers, even, LOAD.messages(n_points))
    publish(run.brokers, hot, hot_messages(n_points))
    passes: dict[str, list[Measured]] = {name: [] for name in topics}
    for _ in run.passes():
        for name, topic in topics.items():
            run.report(name)
            passes[name].append(measure_backlog(run.brokers, topic, N_SKIPPED, n_points))
    rows = [[name, *map(short, medians(measured))] for name, measured in passes.items()]
    note = f"{LOAD}, 4 partitions; {run.passes_note}."
    yield "hot-series", Table(["1,000 series", "points/s", "CPU, µs a point"], rows, note)


def hot_messages(n_points: int) -> Iterator[Message]:
    """Yield messages of which nine in ten are of series 0, a second apart in its time."""
    n_seen = dict.fromkeys(range(LOAD.n_series), 0)
    for n in range(n_points):
        which = 1 + n // 10 % (LOAD.n_series - 1) if n % 10 == 0 else 0
        name = series_name(which)
        yield Message(name.encode(), message(name, [point(which, n_seen[which], LOAD.n_series)]))
        n_seen[which] += 1
