"""Recovery of a worker that was killed, before and after Kafka has compacted its changelog."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from benchmarks.harness.load import Load
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import Publisher, alter, count_records, partition_bytes
from benchmarks.harness.worker import Application, Running

N_NEXT = 100
"""Series that get a point while the worker is down: some in each partition."""

SHORT_SEGMENTS = {"segment_ms": "100"}
EAGER = {"min_compaction_lag_ms": "0", "min_cleanable_dirty_ratio": "0.001"}
"""Kafka then compacts all but the newest segment, at the next look of its cleaner."""

SEGMENT_ENDS_S = 1.0
LOOK_EVERY_S = 2.0
UNCHANGED_S = 20.0
"""The cleaner looks every 15 s and replaces segments one by one: without a change for so long it is through."""

COMPACTED_WITHIN_S = 1800.0


class Recovered(NamedTuple):
    """What the worker showed that took over.

    Attributes
    ----------
    first_point_s : float
        From SIGKILL to the first point behind the recovery.
    recovery_s, recovery_cpu_s : float
        From the assignment of its partitions until it read points.
    n_records : int
        Records of the changelog.
    """

    first_point_s: float
    recovery_s: float
    recovery_cpu_s: float
    n_records: int


def kill(running: Running) -> float:
    """End a worker with SIGKILL and return when that was."""
    running.process.kill()
    return time.perf_counter()


def recover(running: Running, publisher: Publisher, load: Load, at: int, killed: float, n_records: int) -> Recovered:
    """Measure until the state is back, and until the next point is scored.

    Parameters
    ----------
    running : Running
        Has just been started.
    publisher : Publisher
    load : Load
    at : int
        Round of the next points.
    killed : float
        When the worker before it was.
    n_records : int
        Records of the changelog.
    """
    publish_next(publisher, load, at)
    running.wait(lambda: running.has_logged("partitions assigned"), "an assignment")
    assigned, cpu_before = time.perf_counter(), running.cpu_s()
    running.wait_ready()
    recovery_s, recovery_cpu_s = time.perf_counter() - assigned, running.cpu_s() - cpu_before
    running.wait(lambda: running.n_points() > 0, "the first point behind the recovery")
    return Recovered(time.perf_counter() - killed, recovery_s, recovery_cpu_s, n_records)


def publish_next(publisher: Publisher, load: Load, at: int) -> None:
    """Publish one point each of some series."""
    publisher.publish(islice(load.messages(load.n_series, at), N_NEXT))


def compact(application: Application, running: Running, publisher: Publisher, load: Load, at: int) -> int:
    """Let Kafka compact the changelog of a worker that runs, and count the records left.

    Raises
    ------
    TimeoutError
        If Kafka has not done so with every partition in half an hour.
    """
    brokers, changelog = application.brokers, application.changelog
    alter(brokers, changelog, **SHORT_SEGMENTS)
    time.sleep(SEGMENT_ENDS_S)
    n_points = running.n_points()
    publish_next(publisher, load, at)  # What is written next begins a segment: the newest is never compacted.
    running.wait_points(n_points + N_NEXT)
    before = partition_bytes(brokers, changelog)
    alter(brokers, changelog, **EAGER)
    _wait_compacted(brokers, changelog, before)
    return count_records(brokers, changelog)


def _wait_compacted(brokers: str, changelog: str, before: Mapping[int, int]) -> None:
    started = changed = time.monotonic()
    last = before
    while time.monotonic() - started < COMPACTED_WITHIN_S:
        time.sleep(LOOK_EVERY_S)
        now = partition_bytes(brokers, changelog)
        if now != last:
            last, changed = now, time.monotonic()
        is_compacted = all(now[partition] < n_bytes for partition, n_bytes in before.items())
        if is_compacted and time.monotonic() - changed > UNCHANGED_S:
            return
    raise TimeoutError(
        f"expected Kafka to compact each partition of {changelog} within {COMPACTED_WITHIN_S:g} s; bytes before: "
        f"{dict(before)}, now: {dict(last)}: does its log cleaner run?"
    )


def recovery_table(measured: Mapping[int, tuple[Recovered, Recovered | None]]) -> Table:
    """Write what was measured before and after compaction, by the number of series."""
    each = ["records", "recovery, s", "SIGKILL to the next point, s"]
    headers = ["series", *each, *(f"{name}, compacted" for name in each)]
    rows = [[f"{n_series:,}", *_cells(before), *_cells(after)] for n_series, (before, after) in measured.items()]
    note = (
        "One pass. Killed twice: with all that the changelog was ever written, three records of each series, and after "
        "Kafka has compacted it."
    )
    return Table(headers, rows, note)


def _cells(recovered: Recovered | None) -> list[str]:
    if recovered is None:
        return ["", "", ""]
    return [f"{recovered.n_records:,}", short(recovered.recovery_s), short(recovered.first_point_s)]
