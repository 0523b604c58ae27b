"""A fleet of a web shop: series of different kinds up to now, with a few faults, some of which go on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stream.detection.arrays import Float64

STEP_MS = 300_000
N_POINTS = 2_600
"""Nine days of points."""

HOSTS = ("web-1", "web-2", "web-3", "api-1", "api-2", "db-1")


@dataclass(frozen=True)
class Kind:
    """A kind of metric: level, share of day and night, and noise."""

    name: str
    level: float
    daily: float
    noise: float


KINDS = (
    Kind("http_requests_per_s", 480.0, 0.45, 0.03),
    Kind("http_latency_ms", 82.0, 0.12, 0.05),
    Kind("cpu_percent", 38.0, 0.35, 0.06),
    Kind("memory_used_mb", 5_200.0, 0.02, 0.004),
    Kind("queue_length", 24.0, 0.25, 0.15),
)


@dataclass(frozen=True)
class Fault:
    """A factor on a series, between two numbers of points before the end."""

    series: str
    first: int
    last: int
    factor: float


def name(kind: str, host: str) -> str:
    """Name a series as `streamgauge ingest` does."""
    return f'{kind}{{dc="eu-1",host="{host}"}}'


FAULTS = (
    Fault(name("http_latency_ms", "web-2"), 9, 0, 6.0),
    Fault(name("http_requests_per_s", "api-1"), 14, 0, 0.3),
    Fault(name("queue_length", "db-1"), 5, 0, 3.5),
    Fault(name("cpu_percent", "db-1"), 300, 280, 2.2),
    Fault(name("http_latency_ms", "web-2"), 190, 180, 2.6),
    Fault(name("memory_used_mb", "api-2"), 500, 470, 1.3),
)


def values(kind: Kind, host: str, end_ms: int) -> Float64:
    """Return the values of a series up to a time."""
    rng = np.random.default_rng(zlib.crc32(name(kind.name, host).encode()))
    times_ms = end_ms - STEP_MS * np.arange(N_POINTS - 1, -1, -1)
    hours = times_ms / 3_600_000
    shape = np.sin(2 * np.pi * (hours - 9) / 24) + 0.3 * np.sin(4 * np.pi * (hours - 4) / 24)
    level = kind.level * rng.uniform(0.8, 1.25) * (1 + kind.daily * shape)
    found: Float64 = level * (1 + kind.noise * rng.standard_normal(N_POINTS))
    for fault in FAULTS:
        if fault.series == name(kind.name, host):
            found[N_POINTS - 1 - fault.first : N_POINTS - fault.last] *= fault.factor
    return np.round(found, 3)


def messages(end_ms: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of every message, in the order of time; the last point of each is at `end_ms`."""
    table = {name(kind.name, host): values(kind, host, end_ms) for kind in KINDS for host in HOSTS}
    for first in range(0, N_POINTS, 50):
        for series, column in table.items():
            rows = range(first, min(first + 50, N_POINTS))
            points = [[end_ms - STEP_MS * (N_POINTS - 1 - row), float(column[row])] for row in rows]
            yield series.encode(), json.dumps({"series": series, "points": points}).encode()
