"""CPU of scoring a point, model included, by keys a call and points of each: what it costs without Kafka.

    .venv/bin/python -m benchmarks detector

The keys are of a realistic mix: three of four are sampled every five minutes, one every hour; they follow day and week,
are plain noise, count whole things or count up.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from stream.detection.arrays import N_INPUTS, N_UNITS, Float32, Float64, Int64, Records
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.precompile import prepare
from stream.model import Bundle


class Call(NamedTuple):
    """How many keys share a call, how many points each has in it, and how many have an open episode."""

    n_keys: int
    n_points: int
    n_open: int = 0


CALLS: Final = (
    *(Call(1, 1), Call(16, 1), Call(256, 1), Call(256, 1, 16), Call(4096, 1)),
    *(Call(1, 1000), Call(10, 100), Call(100, 100)),
)
AGE, QUICK_AGE = 3000, 400
"""Points of every key before."""

N_SERIES: Final = 256
"""Series that are made; several keys have the points of each, so that 4,096 can share a call."""

N_CALLS: Final = 100
"""Calls in one run, of a point of each key; fewer where keys have more."""

START_MS: Final = 1_700_000_000_000
FAULT: Final = 1_000.0
"""Added to the values of a key with an open episode: it is far off, and stays so."""

STEPS_MS: Final = np.array([300_000, 300_000, 300_000, 3_600_000])


class Series(NamedTuple):
    """Points of many series; int64 and float64 of shape (length, series)."""

    timestamps_ms: Int64
    values: Float64


class Measured(NamedTuple):
    """CPU microseconds of one pass for a point: of everything, and of the model alone."""

    detector: float
    model: float


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Measure each kind of call, one after the other in every pass."""
    prepare()
    bundle, age = Bundle.default(), run.less(AGE, QUICK_AGE)
    series = mixed_series(age + max(call.n_points for call in CALLS) + N_CALLS)
    aged = grow_up(bundle, series, age)
    found: dict[Call, list[Measured]] = {call: [] for call in CALLS}
    for _ in run.passes():
        for call, measured in found.items():
            measured.append(Measured(measure_detector(bundle, series, aged, age, call), measure_model(bundle, call)))
    rows = [[*(f"{number:,}" for number in call), *medians(measured)] for call, measured in found.items()]
    headers = ["series a call", "points of each", "series with an open episode", "CPU, µs a point", "of it the model"]
    yield "detector", Table(headers, rows, f"Series of {age:,} points; {run.passes_note}.")


def mixed_series(length: int) -> Series:
    """Make series of four kinds: daily and weekly load, noise, whole numbers, and a counter; shape (length, 256)."""
    rng = np.random.default_rng(5)
    t: Int64 = np.arange(length)[:, None]
    steps_ms: Int64 = np.resize(np.repeat(STEPS_MS, 4), N_SERIES)
    timestamps_ms: Int64 = START_MS + 1000 * np.arange(N_SERIES) + steps_ms * t
    timestamps_s: Float64 = timestamps_ms / 1000
    day = np.sin(2 * np.pi * timestamps_s / 86_400)
    load = 100 + 30 * day * np.where(timestamps_s // 86_400 % 7 < 5, 1, 0.4)
    noise = rng.normal(size=load.shape)
    values = load + 2 * noise
    values[:, 1::4] = noise[:, 1::4]
    values[:, 2::4] = np.rint(20 + 10 * day[:, 2::4] + noise[:, 2::4])
    values[:, 3::4] = np.abs(load[:, 3::4] + noise[:, 3::4]).cumsum(axis=0)
    return Series(timestamps_ms, values)


def grow_up(bundle: Bundle, series: Series, age: int) -> Records:
    """Let a detector see the series; give its packed records, shape (256,)."""
    detector, slots = ForecastDetector(RecurrentForecaster(bundle.forecaster())), np.arange(N_SERIES)
    for t in range(age):
        detector.score(slots, series.timestamps_ms[t], series.values[t])
    return detector.state.pack(slots)


def measure_detector(bundle: Bundle, series: Series, aged: Records, age: int, call: Call) -> float:
    """Score the next points of every key again and again; the keys lie anywhere in the state."""
    detector, n_slots = ForecastDetector(RecurrentForecaster(bundle.forecaster())), max(call.n_keys for call in CALLS)
    of_slot = np.arange(n_slots) % N_SERIES
    detector.state.grow(n_slots)
    detector.state.unpack(np.arange(n_slots), aged[of_slot])
    slots = np.random.default_rng(call.n_keys).permutation(n_slots)[: call.n_keys]
    n_calls = max(1, N_CALLS // call.n_points)
    rows = [slice(age + at * call.n_points, age + (at + 1) * call.n_points) for at in range(n_calls)]
    timestamps_ms = [series.timestamps_ms[each, of_slot[slots]].ravel() for each in rows]
    faults = np.where(np.arange(call.n_keys) < call.n_open, FAULT, 0.0)
    values = [(series.values[each, of_slot[slots]] + faults).ravel() for each in rows]
    of_point = np.tile(slots, call.n_points)

    def score(at: int) -> None:
        detector.score(of_point, timestamps_ms[at], values[at])

    return cpu_us(score, n_calls) / (call.n_keys * call.n_points)


def measure_model(bundle: Bundle, call: Call) -> float:
    """Run the model alone."""
    forecaster, rng = bundle.forecaster(), np.random.default_rng(0)
    inputs: Float32 = rng.normal(size=(call.n_points, call.n_keys, N_INPUTS)).astype(np.float32)
    h, c = np.zeros((2, call.n_keys, N_UNITS), np.float32)
    n_calls = max(1, N_CALLS // call.n_points)
    return cpu_us(lambda _: forecaster.run(inputs, h, c), n_calls) / (call.n_keys * call.n_points)


def cpu_us(step: Callable[[int], object], repeats: int) -> float:
    """Return the CPU time of the process, user and system, for one step, in microseconds."""
    start = time.process_time()
    for at in range(repeats):
        step(at)
    return (time.process_time() - start) / repeats * 1e6


def medians(passes: list[Measured]) -> list[str]:
    """Write the median of each figure."""
    return [short(statistics.median(column)) for column in zip(*passes, strict=True)]
