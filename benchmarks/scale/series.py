"""Memory, rate and recovery of a worker, by the number of its series.

A worker learns all series from two points each, in a burst. For a minute it then gets one point of each, evenly, as in
production. It is killed, a second worker of the same instance id takes over at once, and scores the next point. Of some
numbers Kafka then compacts the changelog, the second is killed, and a third takes over.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.harness.load import Load
from benchmarks.harness.process import Measured
from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import N_PARTITIONS, Publisher, create, disk_bytes
from benchmarks.harness.worker import Application, Running, worker
from benchmarks.scale.cost import Minute, constants_table, cost_table
from benchmarks.scale.recovery import Recovered, compact, kill, recover, recovery_table
from stream.sizing import MIB, Constants

SIZES = (1_000, 10_000, 100_000, 200_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000)
COMPACTED_SIZES = (10_000, 200_000)
"""Of these the changelog is compacted, too: it takes Kafka a minute and more."""

COST_SIZES = (1_000, 100_000, 1_000_000)
"""Series of the table of costs."""

ESTIMATED_WITH = 100_000
"""Series of the constants of `streamgauge size`: as many as a worker keeps by default."""

N_LEARNED = 3
"""Points of each series before the worker is killed: two in bursts, one within the minute."""

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


class Outcome(NamedTuple):
    """What so many series showed.

    Attributes
    ----------
    learned : Learned
    restarted_series_bytes : float
        Resident memory of each, in a worker that took over.
    recovered : Recovered
    compacted : Recovered or None
        After Kafka has compacted the changelog, where that was measured.
    """

    learned: Learned
    restarted_series_bytes: float
    recovered: Recovered
    compacted: Recovered | None


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Measure 1,000 to 1,000,000 series, one worker after the other."""
    return tables({n_series: measure(run, n_series) for n_series in (QUICK_SIZES if run.quick else SIZES)})


def tables(measured: Mapping[int, Outcome]) -> Iterator[tuple[str, Table]]:
    """Write what was measured by the number of series."""
    headers = ["series", "memory a series, B", "after a restart, B", "points/s in a burst", "CPU, µs a point"]
    headers.append("a checkpoint then, s")
    note = (
        "One pass. Each point is a message of its own and of another series, the burst's as well, so that each costs a "
        "state record."
    )
    yield "series", Table(headers, [cells(n_series, found) for n_series, found in measured.items()], note)
    recoveries = {n_series: (found.recovered, found.compacted) for n_series, found in measured.items()}
    yield "recovery", recovery_table(recoveries)
    costs = {n_series: constants(n_series, found) for n_series, found in measured.items()}
    minutes = {n_series: found.learned.minute for n_series, found in measured.items() if n_series in COST_SIZES}
    yield "cost", cost_table(minutes, costs, N_PARTITIONS)
    largest = max(n_series for n_series in measured if n_series <= ESTIMATED_WITH)
    yield "constants", constants_table(costs[largest], f"{largest:,} series, one point a minute.")


def measure(run: Run, n_series: int) -> Outcome:
    """Learn so many series, kill the worker, recover them; compact, kill and recover again."""
    run.report(f"{n_series:,} series")
    topic, load = create(run.brokers, "series"), Load(1, n_series)
    names = {"MAX_KEYS": str(n_series), "INSTANCE_ID": "bench-1"}
    application = Application(run.brokers, topic, **names)
    publisher = Publisher(run.brokers, topic)
    try:
        with worker(application.settings) as first:
            learned = learn(run, first, application, publisher, load)
            n_records = round(first.metric("checkpoint_records_total"))
            killed = kill(first)
        with worker(application.settings) as second:
            recovered = recover(second, publisher, load, N_LEARNED, killed, n_records)
            time.sleep(SETTLED_S)
            restarted_bytes = second.memory_bytes() - learned.base_bytes
            if n_series not in COMPACTED_SIZES:
                return Outcome(learned, restarted_bytes / n_series, recovered, None)
            run.report("compaction of the changelog")
            n_left = compact(application, second, publisher, load, N_LEARNED + 1)
            killed = kill(second)
        with worker(application.settings) as third:
            compacted = recover(third, publisher, load, N_LEARNED + 2, killed, n_left)
    finally:
        application.delete_topics()
    return Outcome(learned, restarted_bytes / n_series, recovered, compacted)


def constants(n_series: int, outcome: Outcome) -> Constants:
    """Compute what `streamgauge size` multiplies, from so many series."""
    learned, recovered = outcome.learned, outcome.recovered
    minute = learned.minute
    return Constants(
        base_mib=round(learned.base_bytes / MIB),
        series_bytes=round(learned.bytes_per_series),
        restarted_series_bytes=round(outcome.restarted_series_bytes),
        base_cpu_cores=round(minute.idle_cores, 3),
        point_cpu_us=round((minute.cpu_cores - minute.idle_cores) * MINUTE_S / n_series * 1e6, 1),
        message_bytes=round(minute.message_bytes),
        state_record_bytes=round(minute.record_bytes),
        recovered_record_us=round(recovered.recovery_cpu_s / recovered.n_records * 1e6, 1),
    )


def learn(run: Run, first: Running, application: Application, publisher: Publisher, load: Load) -> Learned:
    """Publish two points of each series in bursts, then one within a minute."""
    n_series = load.n_series
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
    minute = pace(run, first, application, publisher, load)
    first.wait_points(N_LEARNED * n_series)
    memory_bytes = first.memory_bytes()
    minute = minute._replace(memory_bytes=memory_bytes)
    return Learned(base_bytes, (memory_bytes - base_bytes) / n_series, burst, checkpoint_s, minute)


def pace(run: Run, first: Running, application: Application, publisher: Publisher, load: Load) -> Minute:
    """Publish one point of each series within a minute, and measure what that costs."""
    run.report("one point of each in a minute")
    changelog, n_series = application.changelog, load.n_series
    messages = list(load.messages(n_series, 2))
    idle_before = first.cpu_s()
    time.sleep(SETTLED_S)
    idle_cores = (first.cpu_s() - idle_before) / SETTLED_S
    cpu_before, disk_before = first.cpu_s(), disk_bytes(application.brokers, changelog)
    started = time.perf_counter()
    publisher.publish_evenly(messages, MINUTE_S)
    seconds = time.perf_counter() - started
    first.wait_points(N_LEARNED * n_series)
    written = disk_bytes(application.brokers, changelog) - disk_before
    metrics_bytes = disk_bytes(application.brokers, application.metrics_topic)
    return Minute(
        idle_cores=idle_cores,
        cpu_cores=(first.cpu_s() - cpu_before) / seconds,
        memory_bytes=first.memory_bytes(),
        changelog_bytes_per_s=written / seconds,
        record_bytes=written / n_series,
        message_bytes=metrics_bytes / (N_LEARNED * n_series),
    )


def cells(n_series: int, outcome: Outcome) -> list[str]:
    """Write the row of so many series."""
    learned = outcome.learned
    return [
        f"{n_series:,}",
        short(learned.bytes_per_series),
        short(outcome.restarted_series_bytes),
        short(learned.burst.points_per_s),
        short(learned.burst.cpu_us),
        short(learned.checkpoint_s),
    ]
