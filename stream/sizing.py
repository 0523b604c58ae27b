"""Estimates of memory, CPU, network and disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

MIB: Final = 1024 * 1024
SEGMENT_BYTES: Final = 32 * MIB
SEGMENT_S: Final = 600
"""The newest segment of a partition of the changelog is never compacted; it grows to this size or age."""

HEADROOM: Final = 1.25
"""Part of the estimated memory that a container should be allowed: allocators and rebalances need more at times."""


class Constants(NamedTuple):
    """What was measured by `python -m benchmarks series`."""

    base_mib: int
    """Resident memory of a worker without any series."""
    series_bytes: int
    restarted_series_bytes: int
    """Resident memory per series, in a worker that saw it first and in one that read its state back."""
    base_cpu_cores: float
    """CPU of a worker without points."""
    point_cpu_us: float
    """CPU per point, sent as a message of its own, state record included."""
    message_bytes: int
    state_record_bytes: int
    """On the broker's disk: a message with one point, and a state record."""
    recovered_record_us: float
    """CPU per changelog record at the start of a worker."""


MEASURED: Final = Constants(
    base_mib=300,
    series_bytes=5_000,
    restarted_series_bytes=5_000,
    base_cpu_cores=0.07,
    point_cpu_us=119.0,
    message_bytes=92,
    state_record_bytes=900,
    recovered_record_us=20.0,
)
"""Chosen so that memory and disk are rather too high. docs/sizing.md has them beside what was measured last."""


@dataclass(frozen=True, slots=True)
class Load:
    """A load to estimate, and the settings that matter."""

    n_series: int
    """Each feature of a series counts as one."""
    interval_s: float
    """Usual time between two points of a series."""
    n_workers: int = 1
    n_partitions: int = 8
    n_replicas: int = 1
    retention_h: int = 168
    """Of the metrics topic; -1 for ever."""
    checkpoint_s: float = 1.0
    compaction_lag_s: float = 600.0
    """`STREAMGAUGE_CHECKPOINT_INTERVAL_S` and `STREAMGAUGE_CHANGELOG_COMPACTION_LAG_S`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a load needs."""

    points_per_s: float
    worker_memory_mib: int
    worker_memory_limit_mib: int
    """Of one worker after a restart, and the limit for its container."""
    cpu_cores: float
    """Of all workers together."""
    changelog_bytes_per_s: int
    """Written by all workers, before replication."""
    changelog_disk_mib: int
    metrics_disk_mib: int | None
    """At most, all replicas together; None where points are kept for ever."""
    recovery_s: float
    """Of one worker that reads its share of the changelog, at most."""


def estimate(load: Load, measured: Constants = MEASURED) -> Estimate:
    """Estimate what a load needs."""
    points_per_s = load.n_series / load.interval_s
    memory_mib = measured.base_mib + load.n_series / load.n_workers * measured.restarted_series_bytes / MIB
    records_per_s = load.n_series / max(load.interval_s, load.checkpoint_s)
    n_records = _changelog_records(load, records_per_s, measured.state_record_bytes)
    metrics_bytes = points_per_s * measured.message_bytes * load.retention_h * 3600 * load.n_replicas
    return Estimate(
        points_per_s=points_per_s,
        worker_memory_mib=round(memory_mib),
        worker_memory_limit_mib=round(memory_mib * HEADROOM),
        cpu_cores=load.n_workers * measured.base_cpu_cores + points_per_s * measured.point_cpu_us / 1e6,
        changelog_bytes_per_s=round(records_per_s * measured.state_record_bytes),
        changelog_disk_mib=round(n_records * measured.state_record_bytes * load.n_replicas / MIB),
        metrics_disk_mib=None if load.retention_h < 0 else round(metrics_bytes / MIB),
        recovery_s=n_records / load.n_workers * measured.recovered_record_us / 1e6,
    )


def _changelog_records(load: Load, records_per_s: float, record_bytes: int) -> float:
    """Count the records that the changelog holds at most.

    The newest of each series; as many again, since Kafka compacts when half of a log is old; those younger than the
    compaction lag; and those in the newest segment of each partition, which is never compacted.
    """
    in_newest_segments = min(records_per_s * SEGMENT_S, load.n_partitions * SEGMENT_BYTES / record_bytes)
    return 2 * load.n_series + records_per_s * load.compaction_lag_s + in_newest_segments
