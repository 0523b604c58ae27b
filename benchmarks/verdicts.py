"""What the verdict `expected` keeps back: repeats of an anomaly a week later, and faults of another kind then.

.venv/bin/python -m benchmarks.verdicts
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import ScoredSeries, Series, backtest
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.comparison import AnomalyKind
from stream.detection.episodes.transition import Change, Transition
from stream.detection.policy.expected import ExpectedAnomaly
from stream.detection.policy.policy import SeriesPolicy
from stream.detectors import build_detector
from stream.model import Bundle

STEP_MS: Final = 300_000
WEEK: Final = 2_016
"""Points of five minutes."""

N_WEEKS: Final = 4
START_MS: Final = 1_699_833_600_000
EVENT: Final = 3 * WEEK - 700
"""Point at which the anomaly begins that the verdict is about: in the third week."""

JITTER: Final = 4
"""Points by which a repeat comes earlier or later, and by which it is shorter or longer, at most."""

Shape = Callable[[Float64, slice, float], None]


def spike(values: Float64, at: slice, size: float) -> None:
    """Add a plateau."""
    values[at] += 12 * size


def low_spike(values: Float64, at: slice, size: float) -> None:
    """Add a plateau that is half as high."""
    values[at] += 6 * size


def dip(values: Float64, at: slice, size: float) -> None:
    """Take a plateau away."""
    values[at] -= 12 * size


def ramp(values: Float64, at: slice, size: float) -> None:
    """Add a rise that ends at once."""
    values[at] += np.linspace(0, 15 * size, at.stop - at.start)


def stuck(values: Float64, at: slice, _size: float) -> None:
    """Repeat the value before for three hours."""
    values[at.start : at.start + 36] = values[at.start - 1]


EXPECTED: Final[Mapping[Shape, tuple[Shape, ...]]] = {
    spike: (dip, stuck),
    low_spike: (dip,),
    dip: (spike,),
    ramp: (dip,),
}
"""What is expected, and faults of another kind at the same time of the week."""

LATER: Final = 48
"""Points in four hours."""


def base(random: np.random.Generator) -> Float64:
    """Make a load with a day and a weekend, and noise."""
    hours = np.arange(N_WEEKS * WEEK) * STEP_MS / 3_600_000
    day = 5 * np.sin(2 * np.pi * hours / 24)
    weekend = np.where(hours % 168 >= 120, -4.0, 0.0)
    return 50 + day + weekend + random.normal(0, 1, len(hours))


def with_repeat(seed: int, shape: Shape, repeat: Shape, delay: int = 0) -> Series:
    """Make a series with an anomaly in the third week, and another shape in the fourth."""
    random = np.random.default_rng(seed)
    values, n_points = base(random), 12
    shape(values, slice(EVENT, EVENT + n_points), 1.0)
    start = EVENT + WEEK + delay + int(random.integers(-JITTER, JITTER + 1))
    longer = int(random.integers(-JITTER, JITTER + 1))
    repeat(values, slice(start, start + n_points + longer), float(random.uniform(0.8, 1.2)))
    return Series(times_ms(), values)


def times_ms() -> Int64:
    """Return the times of the points."""
    return START_MS + STEP_MS * np.arange(N_WEEKS * WEEK)


def scored(series: list[Series], series_policies: list[SeriesPolicy]) -> list[ScoredSeries]:
    """Score the series as a worker does."""
    detector = build_detector(Bundle.default())
    if not isinstance(detector, ForecastDetector):
        raise TypeError("expected the packaged model to forecast")
    return backtest(detector, series, series_policies=series_policies)


def verdict_on(result: ScoredSeries) -> SeriesPolicy | None:
    """Call the episode of the third week expected, if one opened."""
    opened = [each for each in result.transitions if each.change == Change.OPEN and is_of(each, EVENT)]
    if not opened:
        return None
    first = opened[0]
    closed = [each for each in result.transitions if each.start_ms == first.start_ms and each.end_ms is not None]
    end_ms = closed[0].end_ms if closed else None
    kind = (
        AnomalyKind.STUCK
        if first.facts and first.facts.statistic == "quiet"
        else (AnomalyKind.ABOVE if first.direction > 0 else AnomalyKind.BELOW)
    )
    expected = ExpectedAnomaly(int(kind), first.start_ms, end_ms or first.start_ms)
    return SeriesPolicy(expected=(expected,))


def is_of(transition: Transition, point: int) -> bool:
    """Check whether an episode began around a point."""
    return abs(transition.start_ms - int(times_ms()[point])) <= 36 * STEP_MS


def paged(result: ScoredSeries, delay: int) -> bool:
    """Check whether an episode opened around that time a week later."""
    return any(each.change == Change.OPEN and is_of(each, EVENT + WEEK + delay) for each in result.transitions)


def measure(repeat: Shape, shape: Shape, n: int, delay: int = 0) -> tuple[int, int, int]:
    """Count the series with a verdict, and those that page a week later without it and with it."""
    series = [with_repeat(seed, shape, repeat, delay) for seed in range(n)]
    without = scored(series, [SeriesPolicy()] * len(series))
    verdicts = [verdict_on(result) for result in without]
    kept = scored(series, [each or SeriesPolicy() for each in verdicts])
    chosen = [at for at, each in enumerate(verdicts) if each is not None]
    return len(chosen), sum(paged(without[at], delay) for at in chosen), sum(paged(kept[at], delay) for at in chosen)


@click.command()
@click.option("--repeats", default=20, show_default=True, help="Seeded series of each kind.")
def main(repeats: int) -> None:
    """Print how many repeats and how many other faults page, without the verdict and with it."""
    table = Table("a week later", "verdicts", "page without", "page with")
    for shape, others in EXPECTED.items():
        name = shape.__name__.replace("_", " ")
        table.add_row(f"{name} again", *map(str, measure(shape, shape, repeats)))
        for other in others:
            table.add_row(f"{other.__name__}, not {name}", *map(str, measure(other, shape, repeats)))
    table.add_row("spike 4 h later", *map(str, measure(spike, spike, repeats, LATER)))
    Console().print(table)


if __name__ == "__main__":
    main()
