"""The suite: six weeks of each shape as they should have been, and the same six weeks with one fault each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.calm.kinds import autoregressive
from training.evaluation.context.faults import LOADS
from training.evaluation.context.shapes import SHAPES

DAY_S: Final = 86_400
N_DAYS: Final = 42
FIRST_FAULTY_DAY: Final = 28
"""Faults fall on one of the last two weeks: a person who has seen four weeks knows what to expect."""

INTERVALS_S: Final = (300, 300, 300, 600, 900, 1800, 3600)
"""Seconds between two records, each as often: half of all metrics are five minutes, as in public collections."""

FIRST_MONDAY_S: Final = 1_704_067_200
"""1 January 2024, a Monday, midnight UTC."""

MIN_CONTRAST: Final = 4.0
"""A fault counts if it is off by so many deviations of the noise, for `MIN_VISIBLE_S` or more: what a person sees."""

MIN_VISIBLE_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Case:
    """A series, and where its fault is."""

    name: str
    """Shape and number of the draw; the clean twin has the same."""
    shape: str
    fault: str
    """Empty for the clean twin."""
    timestamps_s: Float64
    values: Float64
    """Shape (records,)."""
    start: int = 0
    end: int = 0
    """First record that the fault changes and the one after its last that anybody would see; 0 and 0 for the clean
    twin. Up to the first the twins are the same, so that whatever alarms from there on has seen the fault begin."""

    @property
    def interval_s(self) -> float:
        """Seconds between two records."""
        return float(self.timestamps_s[1] - self.timestamps_s[0])


@dataclass(frozen=True, slots=True)
class _Draw:
    """Everything random about a series but its fault, so that a twin differs by the fault alone."""

    week: Float64
    day_factors: Float64
    noise: Float64
    proportional: float
    step: float
    scale: float
    offset: float
    noise_deviation: float


def draw(seed: int, number: int) -> Iterator[Case]:
    """Draw one series of each shape: the clean twin first, then it with every fault that a person would see.

    Parameters
    ----------
    seed, number : int
        The same give the same series.
    """
    for at, shape in enumerate(SHAPES):
        yield from _family(np.random.default_rng([seed, number, at]), shape, f"{shape}/{number}")


def _family(rng: np.random.Generator, shape: str, name: str) -> Iterator[Case]:
    interval_s = int(rng.choice(INTERVALS_S[:5] if shape == "hourly_jobs" else INTERVALS_S))
    n_records = DAY_S // interval_s
    hours = np.arange(n_records, dtype=np.float64) * (24 / n_records)
    made = _draw(rng, SHAPES[shape](rng, hours), n_records)
    start_s = FIRST_MONDAY_S + 7 * DAY_S * int(rng.integers(100)) - 3600 * int(rng.integers(-12, 13))
    timestamps_s = start_s + interval_s * np.arange(N_DAYS * n_records, dtype=np.float64)
    usual = np.tile(made.week, (N_DAYS // 7, 1))
    clean = _measured(made, usual)
    yield Case(name, shape, "", timestamps_s, clean)
    for fault, load in LOADS.items():
        days = [day for day in range(FIRST_FAULTY_DAY, N_DAYS - 1) if load.suits(day % 7)]
        day = int(rng.choice(days))
        wrong = usual.copy()
        wrong[day] = load.course(rng, made.week, day % 7)
        span = _span(wrong - usual, made.noise_deviation, interval_s)
        if span is not None:
            yield Case(name, shape, fault, timestamps_s, _measured(made, wrong), *span)
    yield _too_regular(rng, made, usual, Case(name, shape, "too_regular", timestamps_s, clean))
    stuck = _stuck(rng, made, usual, Case(name, shape, "stuck", timestamps_s, clean))
    if stuck is not None:
        yield stuck


def _draw(rng: np.random.Generator, week: Float64, n_records: int) -> _Draw:
    week = (week - week.min()) / np.ptp(week)
    deviation = float(np.exp(rng.uniform(np.log(0.015), np.log(0.08))))
    n = N_DAYS * n_records
    noise = rng.normal(size=n)
    if rng.random() < 0.5:
        n_remembered = rng.uniform(0.5, 3.0) * n_records / 24
        noise = 0.8 * autoregressive(rng, n, np.exp(-1 / n_remembered)) + 0.6 * noise
    if rng.random() < 0.3:
        walk = np.cumsum(rng.normal(size=N_DAYS))
        noise = noise + np.repeat(walk - walk.mean(), n_records) * 0.3
    return _Draw(
        week=week,
        day_factors=1 + rng.uniform(0, 0.05) * rng.normal(size=N_DAYS),
        noise=deviation * noise.reshape(N_DAYS, n_records),
        proportional=float(rng.choice([0.0, 0.7])),
        step=deviation if rng.random() < 0.2 else 0.0,
        scale=float(np.exp(rng.normal(3, 2))),
        offset=float(rng.choice([0.0, 0.3, 3.0])),
        noise_deviation=deviation,
    )


def _measured(made: _Draw, load: Float64, noise_share: Float64 | float = 1.0) -> Float64:
    """Turn load into what a meter shows: better and worse days, noise, counts, a unit."""
    usual = load * made.day_factors[:, None]
    loudness = 1 - made.proportional + made.proportional * 2 * load
    values = usual + noise_share * made.noise * loudness
    if made.step:
        values = np.rint(values / made.step) * made.step
    return np.asarray((made.scale * (values + made.offset)).ravel())


def _span(difference: Float64, deviation: float, interval_s: int) -> tuple[int, int] | None:
    """Return the first record that a fault changes and its last visible one, or None if nobody would see it."""
    visible = np.flatnonzero(np.abs(difference.ravel()) > MIN_CONTRAST * deviation)
    if len(visible) < max(MIN_VISIBLE_S / interval_s, 2):
        return None
    return int(np.flatnonzero(difference)[0]), int(visible[-1]) + 1


def _too_regular(rng: np.random.Generator, made: _Draw, usual: Float64, case: Case) -> Case:
    """Take the noise out of a day: somebody shows the idea of a day, not the meter's."""
    day = int(rng.integers(FIRST_FAULTY_DAY, N_DAYS - 1))
    share = np.ones((N_DAYS, 1))
    share[day] = 0
    n = usual.shape[1]
    values = _measured(made, usual, share)
    return Case(case.name, case.shape, case.fault, case.timestamps_s, values, day * n, (day + 1) * n)


def _stuck(rng: np.random.Generator, made: _Draw, usual: Float64, case: Case) -> Case | None:
    """Repeat one value for 8 to 12 hours in which the load would have moved."""
    n = usual.shape[1]
    length = round(rng.uniform(8, 12) * n / 24)
    starts = np.arange(FIRST_FAULTY_DAY * n, (N_DAYS - 1) * n)
    moved = [np.ptp(usual.ravel()[start : start + length]) for start in starts]
    moving = starts[np.array(moved) > MIN_CONTRAST * made.noise_deviation]
    if len(moving) == 0:
        return None
    start = int(rng.choice(moving))
    values = case.values.copy()
    values[start : start + length] = values[start]
    return Case(case.name, case.shape, case.fault, case.timestamps_s, values, start, start + length)
