"""What series cost at one point a minute, beside what `streamgauge size` estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.harness.table import Table, short
from stream.sizing import MEASURED, MIB, Constants, Load, estimate


class Minute(NamedTuple):
    """What a worker used in a minute with one point of each series.

    Attributes
    ----------
    idle_cores, cpu_cores, memory_bytes, changelog_bytes_per_s : float
        CPU without points, and with them.
    record_bytes, message_bytes : float
        On the broker's disk: a state record, and a message with one point.
    """

    idle_cores: float
    cpu_cores: float
    memory_bytes: float
    changelog_bytes_per_s: float
    record_bytes: float
    message_bytes: float


def cost_table(minutes: Mapping[int, Minute], costs: Mapping[int, Constants], n_partitions: int) -> Table:
    """Write measured and estimated figures, one resource a row."""
    headers = ["series, one point a minute"]
    rows = [[name] for name in ("CPU, cores", "memory, MiB", "changelog, B/s", "changelog on disk, MiB, at most")]
    rows.append(["metrics on disk a week, MiB"])
    for n_series, minute in minutes.items():
        load = Load(n_series, 60.0, n_partitions=n_partitions)
        expected, by_measured = estimate(load), estimate(load, costs[n_series])
        headers += [f"{n_series:,}", "estimated"]
        pairs = [
            (minute.cpu_cores, expected.cpu_cores),
            (minute.memory_bytes / MIB, expected.worker_memory_mib),
            (minute.changelog_bytes_per_s, expected.changelog_bytes_per_s),
            (by_measured.changelog_disk_mib, expected.changelog_disk_mib),
            (by_measured.metrics_disk_mib or 0, expected.metrics_disk_mib or 0),
        ]
        for row, (measured, guessed) in zip(rows, pairs, strict=True):
            row += [short(measured), short(guessed)]
    note = (
        "One worker, one replica. CPU, memory and bytes a second were measured over a minute; the disk is computed "
        "from the measured bytes of a record and of a message. Estimated: `streamgauge size --interval 60`."
    )
    return Table(headers, rows, note)


def constants_table(measured: Constants, note: str) -> Table:
    """Write the constants of `streamgauge size` beside what was just measured."""
    names = {
        "base_mib": "memory of a worker without series, MiB",
        "series_bytes": "memory per series, in a worker that saw it first, B",
        "restarted_series_bytes": "memory per series, after a restart, B",
        "base_cpu_cores": "CPU of a worker without points, cores",
        "point_cpu_us": "CPU per point, in a message of its own, with its state record, µs",
        "message_bytes": "a message with one point, on the broker's disk, B",
        "state_record_bytes": "a state record, on the broker's disk, B",
        "recovered_record_us": "CPU per state record at a restart, µs",
    }
    found, declared = measured._asdict(), MEASURED._asdict()
    rows = [[text, short(declared[name]), short(found[name])] for name, text in names.items()]
    return Table(["constant", "in use", "measured"], rows, note)
