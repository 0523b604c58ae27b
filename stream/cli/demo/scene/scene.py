"""Scenario: three weeks of a web shop, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stream.cli.demo.scene.metric import DAY_H, DailyPeak, Float64, Metric
from stream.cli.demo.scene.series import DemoSeries

INTERVAL_MS = 900_000
N_DAYS = 21
START_MS = 1_748_822_400_000
"""Monday 2 June 2025, 00:00 UTC: long past, so that no clock finds it to be in the future."""

HOUR_MS = 3_600_000

SHIPPED_SEED = 8
"""One of the 6 of 20 without an alarm that is not planted; the mean is 1.4 (`benchmarks/demo_scenes.py`)."""

VISITORS = "shop/requests"

METRICS = (
    Metric(VISITORS, 30, (DailyPeak(13, 3, 120), DailyPeak(20, 2.2, 200)), weekend=0.8),
    Metric("search/requests", 12, (DailyPeak(13.5, 3, 60), DailyPeak(20.5, 2, 75)), weekend=0.85, noise=0.05),
    Metric("checkout/orders", 20, (DailyPeak(12.5, 2.5, 250), DailyPeak(20.5, 2, 400)), weekend=1.2, counted=True),
    Metric("checkout/latency_ms", 120, (DailyPeak(13, 3, 25), DailyPeak(20, 2.5, 40)), weekend=0.8, noise=0.06),
    Metric(
        "database/cpu_percent",
        12,
        (DailyPeak(2.5, 0.4, 30), DailyPeak(13, 3, 22), DailyPeak(20, 2.5, 35)),
        noise=0.07,
        ceiling=100,
    ),
    Metric("cache/hit_percent", 97, (DailyPeak(20, 3, -4),), noise=0.004, ceiling=100),
)
"""The first has the faults; beside it runs what a shop also has: counts, a latency, a nightly job, a ratio."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault of one series."""

    kind: str
    """A key of `EFFECTS`."""
    series: str
    start_h: float
    end_h: float
    """First and last moment, hours since the scene's start; the end is not part of it."""
    story: str
    """What an engineer would find to be behind it."""

    def apply(self, values: Float64, hours: Float64) -> None:
        """Change the values of the fault's time in place.

        Parameters
        ----------
        values, hours : float64, shape (points,)
            The series, and the hours of its points since the scene's start.
        """
        during = (hours >= self.start_h) & (hours < self.end_h)
        values[during] = EFFECTS[self.kind](values[during], float(values.min()))


def _spike(values: Float64, _lowest: float) -> Float64:
    return 4 * values


def _missing_peak(values: Float64, lowest: float) -> Float64:
    """Keep a fifth of the load above its lowest level."""
    return lowest + 0.2 * (values - lowest)


def _flat_line(values: Float64, _lowest: float) -> Float64:
    flat = values.copy()
    flat[:] = values[0]
    return flat


def _level_shift(values: Float64, _lowest: float) -> Float64:
    return 1.6 * values


EFFECTS: dict[str, Callable[[Float64, float], Float64]] = {
    "spike": _spike,
    "missing peak": _missing_peak,
    "flat line": _flat_line,
    "level shift": _level_shift,
}


FAULTS = (
    Fault("spike", VISITORS, 14 * DAY_H + 3, 14 * DAY_H + 3.75, "a crawler at night"),
    Fault("missing peak", VISITORS, 15 * DAY_H + 17, 15 * DAY_H + 23, "DNS down in the evening"),
    Fault("flat line", VISITORS, 16 * DAY_H + 20, 17 * DAY_H + 6, "the exporter hangs"),
    Fault("level shift", VISITORS, 18 * DAY_H + 10, 21 * DAY_H, "a release polls more"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Series to publish, and their planted faults."""

    series: tuple[DemoSeries, ...]
    faults: tuple[Fault, ...]


def build(seed: int) -> Scene:
    """Build the scenario; equal seeds give equal scenarios."""
    hours: Float64 = np.arange(N_DAYS * DAY_H * HOUR_MS // INTERVAL_MS) * (INTERVAL_MS / HOUR_MS)
    timestamps_ms = [START_MS + i * INTERVAL_MS for i in range(len(hours))]
    played = []
    for i, metric in enumerate(METRICS):
        values = metric.play(hours, np.random.default_rng([seed, i]))
        for fault in FAULTS:
            if fault.series == metric.name:
                fault.apply(values, hours)
        played.append(DemoSeries(metric.name, timestamps_ms, values.round(3).tolist()))
    return Scene(tuple(played), FAULTS)
