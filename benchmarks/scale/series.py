"""Memory, rate and recovery of a worker, by the number of its series.

A worker learns all series from two points each, in a burst. For a minute it then gets one point of each, evenly, as in
production. It is killed, a second worker of the same instance id takes over at once, and scores the next point.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import N_PARTITIONS, Publisher, create, disk_bytes
from benchmarks.harness.worker import Application, Running, worker
from benchmarks.scale.cost import Minute, constants_table, cost_table
from stream.sizing import MIB, Constants

SIZES = (1_000, 10_000, 100_000, 200_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000)
COST_SIZES = (1_000, 100_000, 1_000_000)
"""Series of the table of costs."""

ESTIMATED_WITH = 100_000
"""Series of the constants of `streamgauge size`: as many as a worker keeps by default."""

MINUTE_S = 60.0
SETTLED_S = 35.0
"""A worker gives freed memory back every 30 s."""


class Learned(NamedTuple):
    """What a worker showed that saw so many series first.

    Attributes
    ----------
    base_bytes, bytes_per_series : float
        Resident memory without series, and of each.
    burst : Measured
        One point of each series, as fast as the worker goes.
    checkpoint_s : float
        Mean time of a checkpoint in the burst.
    minute : Minute
    """

    base_bytes: float
    bytes_per_series: float
    burst: Measured
    checkpoint_s: float
    minute: Minute


class Recovered(NamedTuple):
    """What the worker showed that took over.

    Attributes
    ----------
    first_point_s : float
        From SIGKILL to the first point behind the recovery.
    recovery_s, recovery_cpu_s : float
        From the assignment of its partitions until it read points.
    n_records : float
        State records of the changelog.
    bytes_per_series : float
    """

    first_point_s: float
    recovery_s: float
    recovery_cpu_s: float
    n_records: float
    bytes_per_series: float


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Measure 1,000 to 1,000,000 series, one worker after the other."""
    return tables({n_series: measure(run, n_series) for n_series in (QUICK_SIZES if run.quick else SIZES)})


def tables(measured: Mapping[int, tuple[Learned, Recovered]]) -> Iterator[tuple[str, Table]]:
    """Write what was measured by the number of series."""
    headers = [
        *("series", "memory a series, B", "after a restart, B", "points/s in a burst", "CPU, µs a point"),
        *("a checkpoint then, s", "recovery, s", "SIGKILL to the next point, s"),
    ]
    note = (
        "One pass. Each point is a message of its own and of another series, the burst's as well, so that each costs a "
        "state record."
    )
    yield "series", Table(headers, [cells(n_series, *found) for n_series, found in measured.items()], note)
    costs = {n_series: constants(n_series, *found) for n_series, found in measured.items()}
    minutes = {n_series: found[0].minute for n_series, found in measured.items() if n_series in COST_SIZES}
    yield "cost", cost_table(minutes, costs, N_PARTITIONS)
    largest = max(n_series for n_series in measured if n_series <= ESTIMATED_WITH)
    yield "constants", constants_table(costs[largest], f"{largest:,} series, one point a minute.")


def measure(run: Run, n_series: int) -> tuple[Learned, Recovered]:
    """Learn so many series, kill the worker, recover them."""
    run.report(f"{n_series:,} series")
    topic = create(run.brokers, "series")
    names = {"MAX_KEYS": str(n_series), "INSTANCE_ID": "bench-1"}
    application = Application(run.brokers, topic, **names)
    publisher = Publisher(run.brokers, topic)
    try:
        with worker(application.settings) as first:
            learned = learn(run, first, application, publisher, n_series)
            n_records = first.metric("checkpoint_records_total")
            first.process.kill()
            killed = time.perf_counter()
        with worker(application.settings) as second:
            recovered = recover(second, publisher, n_series, killed, n_records, learned.base_bytes)
    finally:
        application.delete_topics()
    return learned, recovered


def constants(n_series: int, learned: Learned, recovered: Recovered) -> Constants:
    """Compute what `streamgauge size` multiplies, from so many series."""
    minute = learned.minute
    return Constants(
        base_mib=round(learned.base_bytes / MIB),
        series_bytes=round(learned.bytes_per_series),
        restarted_series_bytes=round(recovered.bytes_per_series),
        base_cpu_cores=round(minute.idle_cores, 3),
        point_cpu_us=round((minute.cpu_cores - minute.idle_cores) * MINUTE_S / n_series * 1e6, 1),
        message_bytes=round(minute.message_bytes),
        state_record_bytes=round(minute.record_bytes),
        recovered_record_us=round(recovered.recovery_cpu_s / recovered.n_records * 1e6, 1),
    )


def learn(run: Run, first: Running, application: Application, publisher: Publisher, n_series: int) -> Learned:
    """Publish two points of each series in bursts, then one within a minute."""
    load = Load(1, n_series)
    first.wait_ready()
    base_bytes = first.memory_bytes()
    publisher.publish(load.messages(n_series))
    first.wait_points(n_series)
    n_checkpoints, checkpoints_s = (first.metric(f"checkpoint_seconds_{name}") for name in ("count", "sum"))
    publisher.publish(load.messages(n_series, 1))
    burst = first.measure(n_series + 1, 2 * n_series)
    first.wait_points(2 * n_series)
    more = first.metric("checkpoint_seconds_count") - n_checkpoints
    checkpoint_s = (first.metric("checkpoint_seconds_sum") - checkpoints_s) / max(1.0, more)
    minute = pace(run, first, application, publisher, n_series)
    first.wait_points(3 * n_series)
    memory_bytes = first.memory_bytes()
    minute = minute._replace(memory_bytes=memory_bytes)
    return Learned(base_bytes, (memory_bytes - base_bytes) / n_series, burst, checkpoint_s, minute)


def pace(run: Run, first: Running, application: Application, publisher: Publisher, n_series: int) -> Minute:
    """Publish one point of each series within a minute, and measure what that costs."""
    run.report("one point of each in a minute")
    changelog = application.changelog
    messages = list(islice(Load(1, n_series).messages(n_series, 2), n_series))
    idle_before = first.cpu_s()
    time.sleep(SETTLED_S)
    idle_cores = (first.cpu_s() - idle_before) / SETTLED_S
    cpu_before, disk_before = first.cpu_s(), disk_bytes(application.brokers, changelog)
    started = time.perf_counter()
    publisher.publish_evenly(messages, MINUTE_S)
    seconds = time.perf_counter() - started
    first.wait_points(3 * n_series)
    written = disk_bytes(application.brokers, changelog) - disk_before
    metrics_bytes = disk_bytes(application.brokers, application.metrics_topic)
    return Minute(
        idle_cores=idle_cores,
        cpu_cores=(first.cpu_s() - cpu_before) / seconds,
        memory_bytes=first.memory_bytes(),
        changelog_bytes_per_s=written / seconds,
        record_bytes=written / n_series,
        message_bytes=metrics_bytes / (3 * n_series),
    )


def recover(
    second: Running, publisher: Publisher, n_series: int, killed: float, n_records: float, base_bytes: float
) -> Recovered:
    """Measure until the state is back, and until the next point is scored."""
    publisher.publish(islice(Load(1, n_series).messages(n_series, 3), 100))
    second.wait(lambda: second.has_logged("partitions assigned"), "an assignment")
    assigned, cpu_before = time.perf_counter(), second.cpu_s()
    second.wait_ready()
    recovery_s, recovery_cpu_s = time.perf_counter() - assigned, second.cpu_s() - cpu_before
    second.wait(lambda: second.n_points() > 0, "the first point behind the recovery")
    first_point_s = time.perf_counter() - killed
    time.sleep(SETTLED_S)
    bytes_per_series = (second.memory_bytes() - base_bytes) / n_series
    return Recovered(first_point_s, recovery_s, recovery_cpu_s, n_records, bytes_per_series)


def cells(n_series: int, learned: Learned, recovered: Recovered) -> list[str]:
    """Write the row of so many series."""
    return [
        f"{n_series:,}",
        short(learned.bytes_per_series),
        short(recovered.bytes_per_series),
        short(learned.burst.points_per_s),
        short(learned.burst.cpu_us),
        short(learned.checkpoint_s),
        short(recovered.recovery_s),
        short(recovered.first_point_s),
    ]
