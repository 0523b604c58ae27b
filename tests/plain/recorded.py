"""The series that are recorded: real ones, and made ones for what those do not show."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.plain.series import DAY_S, Numbers, Series, counter, noise, reset, shrink, sparse, spike

NAB = Path(__file__).resolve().parents[1] / "data" / "nab"
START_S = 1.4e9


class Recorded(NamedTuple):
    """A series, the records that its key warms up for, and after how many records the key ages by many at once."""

    series: Series
    warmup: int = 300
    ages_every: int | None = None


def recorded_series() -> dict[str, Recorded]:
    """Return the series by the names of their recordings."""
    return {
        "taxi": Recorded(_of_nab("nyc_taxi", 5_000, 7_200)),
        "ambient_temperature": Recorded(_of_nab("ambient_temperature_system_failure", 2_700, 4_000)),
        "ec2_cpu": Recorded(_of_nab("ec2_cpu_utilization_24ae8d", 2_800, 4_000)),
        "counter_with_resets": Recorded(_counter_with_resets(np.random.default_rng(1)), warmup=100),
        "sparse_and_irregular": Recorded(_sparse_and_irregular(np.random.default_rng(2)), warmup=100),
        "rotations": Recorded(_rotations(np.random.default_rng(3)), ages_every=300),
    }


def _of_nab(name: str, first: int, end: int) -> Series:
    with gzip.open(NAB / f"{name}.csv.gz", "rt", newline="") as text:
        rows = list(csv.DictReader(text))[first:end]
    moments = [datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp() for row in rows]
    return Series(np.array(moments), np.array([float(row["value"]) for row in rows]))


def _counter_with_resets(rng: np.random.Generator) -> Series:
    """A counter from a thousand million on that begins again twice: absurd values first, then the new level."""
    times_s = _every(300.0, 800)
    values = 1e9 + counter(rng, times_s)
    return Series(times_s, reset(reset(values, 350, 0.0), 600, 5e8))


def _sparse_and_irregular(rng: np.random.Generator) -> Series:
    """Whole numbers that are mostly zero, uneven gaps, a hole of two days, and a stretch that stands still."""
    gaps_s = 600.0 * rng.uniform(0.5, 1.5, 800)
    gaps_s[500] = 2 * DAY_S
    values = sparse(rng, gaps_s)
    values[300:360] = 3
    return Series(START_S + gaps_s.cumsum(), spike(values, 650, 40))


def _rotations(rng: np.random.Generator) -> Series:
    """Noise with values far off, then of a small range, so that maps are refined when their generations rotate."""
    times_s = _every(3600.0, 1_500)
    values = noise(rng, times_s)
    for at in (450, 900, 901, 902):
        values = spike(values, at, 1e4)
    return Series(times_s, shrink(values, 1_000, 20))


def _every(interval_s: float, n_records: int) -> Numbers:
    return np.asarray(START_S + interval_s * np.arange(n_records), np.float64)
