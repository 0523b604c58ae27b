"""CPU of the detector for a point, model included, by keys a batch: what scoring costs without Kafka.

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

from stream.detection.forecast.recurrent import Recurrent
from stream.detection.scoring.scorer import Detector
from stream.detection.state.layout import N_INPUTS, N_UNITS, Float32, Float64, Int64, Records
from stream.model import Bundle

BATCHES: Final = (1, 16, 64, 256, 1024)
AGES: Final = (1000, 3000)
N_SERIES: Final = 256
"""Series that are made; four keys have the records of each, so that 1,024 can share a batch."""

ROUNDS: Final = 100
"""Batches in one run, a record of every key each."""

START_S: Final = 1_700_000_000.0
STEPS_S: Final = np.array([300.0, 300.0, 300.0, 3600.0])
CALIBRATION_SIZE: Final = 256
CALIBRATION_REPEATS: Final = 3000


class Series(NamedTuple):
    """Records of many series, both float64 of shape (length, series)."""

    timestamps_s: Float64
    values: Float64


class Measured(NamedTuple):
    """CPU microseconds of one run for a point.

    Attributes
    ----------
    detector : dict
        By age of the keys in records, model included.
    model : float
        Of it the model.
    """

    detector: dict[int, float]
    model: float


@click.command()
@click.option("--model", type=click.Path(path_type=Path), help="A bundle; the shipped one by default.")
@click.option("--runs", default=7, show_default=True, help="Runs of each; medians are printed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(model: Path | None, runs: int, as_json: bool) -> None:
    """Measure the detector's CPU for a point at 1 to 1,024 keys a batch."""
    bundle = Bundle.load(model) if model else Bundle.default()
    series = mixed_series(max(AGES) + ROUNDS)
    aged = grow_up(bundle, series, quiet=as_json)
    found: dict[int, list[Measured]] = {n_keys: [] for n_keys in BATCHES}
    calibration = []
    for _ in range(runs):
        calibration.append(calibrate())
        for n_keys, measured in found.items():
            measured.append(measure(bundle, series, aged, n_keys))
    report({n_keys: median(each) for n_keys, each in found.items()}, statistics.median(calibration), aged, as_json)


def mixed_series(length: int) -> Series:
    """Make series of four kinds: daily and weekly load, noise, whole numbers, and a counter; shape (length, 256)."""
    rng, t = np.random.default_rng(5), np.arange(length)[:, None]
    timestamps_s = START_S + np.arange(N_SERIES) + STEPS_S[np.arange(N_SERIES) // 4 % len(STEPS_S)] * t
    day = np.sin(2 * np.pi * timestamps_s / 86_400)
    load = 100 + 30 * day * np.where(timestamps_s // 86_400 % 7 < 5, 1, 0.4)
    noise = rng.normal(size=load.shape)
    values = load + 2 * noise
    values[:, 1::4] = noise[:, 1::4]
    values[:, 2::4] = np.rint(20 + 10 * day[:, 2::4] + noise[:, 2::4])
    values[:, 3::4] = np.abs(load[:, 3::4] + noise[:, 3::4]).cumsum(axis=0)
    return Series(timestamps_s, values)


def grow_up(bundle: Bundle, series: Series, *, quiet: bool) -> dict[int, Records]:
    """Let a detector see the series; give its packed records at each of `AGES`, shape (256,)."""
    detector, slots = Detector(Recurrent(bundle.forecaster()), capacity=N_SERIES), np.arange(N_SERIES)
    ages = range(max(AGES))
    aged = {}
    for t in ages if quiet else track(ages, "ageing the keys", console=Console(stderr=True)):
        detector.score(slots, series.timestamps_s[t], series.values[t])
        if t + 1 in AGES:
            aged[t + 1] = detector.state.pack(slots)
    return aged


def measure(bundle: Bundle, series: Series, aged: dict[int, Records], n_keys: int) -> Measured:
    """Run batches of so many keys."""
    detector = {age: measure_detector(bundle, series, records, age, n_keys) for age, records in aged.items()}
    return Measured(detector, measure_model(bundle, n_keys))


def measure_detector(bundle: Bundle, series: Series, records: Records, age: int, n_keys: int) -> float:
    """Score a record of every key again and again; the keys lie anywhere in the state."""
    detector, every_slot = Detector(Recurrent(bundle.forecaster()), capacity=max(BATCHES)), np.arange(max(BATCHES))
    of_slot = every_slot % N_SERIES
    detector.state.unpack(every_slot, records[of_slot])
    slots = np.random.default_rng(n_keys).permutation(max(BATCHES))[:n_keys]
    points = [
        (series.timestamps_s[t, of_slot[slots]], series.values[t, of_slot[slots]]) for t in range(age, age + ROUNDS)
    ]

    def score(at: int) -> None:
        detector.score(slots, *points[at])

    return cpu_us(score, ROUNDS) / n_keys


def measure_model(bundle: Bundle, n_keys: int) -> float:
    """Step the model alone."""
    forecaster, rng = bundle.forecaster(), np.random.default_rng(0)
    inputs: Float32 = rng.normal(size=(n_keys, N_INPUTS)).astype(np.float32)
    h, c = np.zeros((2, n_keys, N_UNITS), np.float32)
    return cpu_us(lambda _: forecaster.step(inputs, h, c), ROUNDS) / n_keys


def calibrate() -> float:
    """Time one small numpy operation, in microseconds."""
    numbers: Int64 = np.arange(CALIBRATION_SIZE)
    return cpu_us(lambda _: numbers + numbers, CALIBRATION_REPEATS)


def cpu_us(step: Callable[[int], object], repeats: int) -> float:
    """Give the CPU time of the process, user and system, for one step, in microseconds."""
    start = time.process_time()
    for at in range(repeats):
        step(at)
    return (time.process_time() - start) / repeats * 1e6


def median(runs: list[Measured]) -> Measured:
    """Give the medians of several runs."""
    detector = {age: statistics.median(run.detector[age] for run in runs) for age in AGES}
    return Measured(detector, statistics.median(run.model for run in runs))


def report(found: dict[int, Measured], calibration_us: float, aged: dict[int, Records], as_json: bool) -> None:
    """Print a row for each size of a batch."""
    state_bytes = aged[max(AGES)].dtype.itemsize
    if as_json:
        by_batch = {n_keys: {"cpu_us_by_age": row.detector, "model_cpu_us": row.model} for n_keys, row in found.items()}
        figures = {"by_batch": by_batch, "calibration_cpu_us": calibration_us, "state_bytes": state_bytes}
        click.echo(json.dumps(figures))
        return
    table = Table("keys a batch", *(f"{age:,} records old" for age in AGES), "the model", title="CPU us/point")
    for n_keys, row in found.items():
        table.add_row(f"{n_keys:,}", *(f"{row.detector[age]:.2f}" for age in AGES), f"{row.model:.2f}")
    Console().print(table)
    click.echo(f"calibration, one addition of {CALIBRATION_SIZE} integers: {calibration_us:.2f} us")
    click.echo(f"state of a key: {state_bytes:,} bytes")


if __name__ == "__main__":
    main()
