"""CPU of scoring a point, model included, by keys a call and points of each: what it costs without Kafka.

    python -m benchmarks.detector

The keys are of a realistic mix: three of four are sampled every five minutes, one every hour; they follow day and week,
are plain noise, count whole things or count up. Each figure is the median of several runs. On a shared machine all of
them rise and fall together: the calibration, one small numpy operation timed in the same runs, says by how much.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from stream.detection.arrays import N_INPUTS, N_UNITS, Float32, Float64, Int64, Records
from stream.detection.detector import ForecastDetector
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.precompile import prepare
from stream.model import Bundle


class Call(NamedTuple):
    """How many keys share a call, and how many points each has in it."""

    n_keys: int
    n_points: int


CALLS: Final = (Call(1, 1), Call(16, 1), Call(256, 1), Call(4096, 1), Call(1, 1000), Call(10, 100), Call(100, 100))
AGE: Final = 3000
"""Points of every key before."""

N_SERIES: Final = 256
"""Series that are made; several keys have the points of each, so that 4,096 can share a call."""

N_CALLS: Final = 100
"""Calls in one run, of a point of each key; fewer where keys have more."""

START_MS: Final = 1_700_000_000_000
STEPS_MS: Final = np.array([300_000, 300_000, 300_000, 3_600_000])
CALIBRATION_SIZE: Final = 256
CALIBRATION_REPEATS: Final = 3000


class Series(NamedTuple):
    """Points of many series; int64 and float64 of shape (length, series)."""

    timestamps_ms: Int64
    values: Float64


class Measured(NamedTuple):
    """CPU microseconds of one run for a point: of everything, and of the model alone."""

    gauge: float
    model: float


@click.command()
@click.option("--model", type=click.Path(path_type=Path), help="A bundle; the shipped one by default.")
@click.option("--runs", default=7, show_default=True, help="Runs of each; medians are printed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(model: Path | None, runs: int, as_json: bool) -> None:
    """Measure the CPU for a point by keys a call and points of each."""
    prepare()
    bundle = Bundle.load(model) if model else Bundle.default()
    series = mixed_series(AGE + max(call.n_points for call in CALLS) + N_CALLS)
    aged = grow_up(bundle, series, quiet=as_json)
    found: dict[Call, list[Measured]] = {call: [] for call in CALLS}
    calibration = []
    for _ in range(runs):
        calibration.append(calibrate())
        for call, measured in found.items():
            measured.append(Measured(measure_gauge(bundle, series, aged, call), measure_model(bundle, call)))
    report({call: median(each) for call, each in found.items()}, statistics.median(calibration), aged, as_json)


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


def grow_up(bundle: Bundle, series: Series, *, quiet: bool) -> Records:
    """Let a gauge see the series; give its packed records, shape (256,)."""
    detector, slots = ForecastDetector(RecurrentForecaster(bundle.forecaster())), np.arange(N_SERIES)
    ages = range(AGE)
    for t in ages if quiet else track(ages, "ageing the keys", console=Console(stderr=True)):
        detector.score(slots, series.timestamps_ms[t], series.values[t])
    return detector.state.pack(slots)


def measure_gauge(bundle: Bundle, series: Series, aged: Records, call: Call) -> float:
    """Score the next points of every key again and again; the keys lie anywhere in the state."""
    detector, n_slots = ForecastDetector(RecurrentForecaster(bundle.forecaster())), max(call.n_keys for call in CALLS)
    of_slot = np.arange(n_slots) % N_SERIES
    detector.state.grow(n_slots)
    detector.state.unpack(np.arange(n_slots), aged[of_slot])
    slots = np.random.default_rng(call.n_keys).permutation(n_slots)[: call.n_keys]
    n_calls = max(1, N_CALLS // call.n_points)
    rows = [slice(AGE + at * call.n_points, AGE + (at + 1) * call.n_points) for at in range(n_calls)]
    timestamps_ms = [series.timestamps_ms[each, of_slot[slots]].ravel() for each in rows]
    values = [series.values[each, of_slot[slots]].ravel() for each in rows]
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


def calibrate() -> float:
    """Time one small numpy operation, in microseconds."""
    numbers: Int64 = np.arange(CALIBRATION_SIZE)
    return cpu_us(lambda _: numbers + numbers, CALIBRATION_REPEATS)


def cpu_us(step: Callable[[int], object], repeats: int) -> float:
    """Return the CPU time of the process, user and system, for one step, in microseconds."""
    start = time.process_time()
    for at in range(repeats):
        step(at)
    return (time.process_time() - start) / repeats * 1e6


def median(runs: list[Measured]) -> Measured:
    """Return the medians of several runs."""
    return Measured(*(statistics.median(column) for column in zip(*runs, strict=True)))


def report(found: dict[Call, Measured], calibration_us: float, aged: Records, as_json: bool) -> None:
    """Print a row for each kind of call."""
    if as_json:
        calls = [
            {"keys": call.n_keys, "points": call.n_points, "cpu_us": row.gauge, "model_cpu_us": row.model}
            for call, row in found.items()
        ]
        figures = {"calls": calls, "calibration_cpu_us": calibration_us, "state_bytes": aged.dtype.itemsize}
        click.echo(json.dumps(figures))
        return
    table = Table("keys a call", "points of each", "CPU us/point", "of it the model")
    for call, row in found.items():
        table.add_row(f"{call.n_keys:,}", f"{call.n_points:,}", f"{row.gauge:.2f}", f"{row.model:.2f}")
    Console().print(table)
    click.echo(f"calibration, one addition of {CALIBRATION_SIZE} integers: {calibration_us:.2f} us")
    click.echo(f"state of a key: {aged.dtype.itemsize:,} bytes")


if __name__ == "__main__":
    main()
