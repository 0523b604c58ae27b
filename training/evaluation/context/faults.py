"""Faults: how the load of one day goes wrong. What a fault shows has been seen before, at another moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from stream.detection.arrays import Bool, Float64
from training.evaluation.context.shapes import SATURDAY, SUNDAY

Course: TypeAlias = Callable[[np.random.Generator, Float64, int], Float64]
"""What should have been, shape (7, records a day), and the weekday: the load of that day instead."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a day to go wrong."""

    course: Course
    """Gives the load of the day instead of what it should have been."""
    on_weekend: bool | None = None
    """Which days it may happen on; None for all."""

    def suits(self, weekday: int) -> bool:
        """Return whether it may happen on that day, Monday being 0."""
        return self.on_weekend is None or self.on_weekend == (weekday in (SATURDAY, SUNDAY))


def missing_peak(_rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Leave out the day's highest hump."""
    day: Float64 = week[weekday]
    return np.asarray(np.where(_hump(day), day.min() + 0.08 * np.ptp(day), day))


def early(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Do everything two to four hours too early."""
    return np.roll(week[weekday], -_hours(rng, week, 2, 4))


def late(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Do everything two to four hours too late."""
    return np.roll(week[weekday], _hours(rng, week, 2, 4))


def weekend_on_weekday(_rng: np.random.Generator, week: Float64, _weekday: int) -> Float64:
    """Take a Sunday for a working day."""
    return np.array(week[SUNDAY])


def weekday_on_weekend(_rng: np.random.Generator, week: Float64, _weekday: int) -> Float64:
    """Work on a weekend as if it were Wednesday."""
    return np.array(week[2])


def night_load(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Be busy for two to four hours when it is quietest."""
    day: Float64 = week[weekday].copy()
    length = _hours(rng, week, 2, 4)
    sums = np.convolve(np.concatenate([day, day[: length - 1]]), np.ones(length), "valid")
    quietest = (int(np.argmin(sums)) + np.arange(length)) % len(day)
    day[quietest] = week.min() + rng.uniform(0.6, 0.9) * np.ptp(week)
    return day


def half_amplitude(_rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Rise half as high as usual."""
    day: Float64 = week[weekday]
    return np.asarray(day.min() + 0.5 * (day - day.min()))


def reversed_day(_rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Run the day backwards."""
    return np.array(week[weekday, ::-1])


def double_peak(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Show the highest hump a second time, five to eight hours on."""
    day: Float64 = week[weekday]
    return np.asarray(np.maximum(day, np.roll(np.where(_hump(day), day, day.min()), _hours(rng, week, 5, 8))))


def early_end(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Go home when the highest hump is not half done."""
    day: Float64 = week[weekday].copy()
    hump = np.flatnonzero(_hump(day))
    day[hump[round(rng.uniform(0.3, 0.5) * len(hump)) :]] = day.min() + 0.05 * np.ptp(day)
    return day


def dropout(rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Fall to the night's level for one to two hours in the middle of the highest hump."""
    day: Float64 = week[weekday].copy()
    length = _hours(rng, week, 1, 2)
    hump = np.flatnonzero(_hump(day))
    start = hump[len(hump) // 2] - length // 2
    day[max(start, 0) : start + length] = day.min() + 0.05 * np.ptp(day)
    return day


def flat_day(_rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Stay at the day's mean."""
    return np.full_like(week[weekday], week[weekday].mean())


def upside_down(_rng: np.random.Generator, week: Float64, weekday: int) -> Float64:
    """Be low where it should be high and high where it should be low."""
    day: Float64 = week[weekday]
    return np.asarray(day.max() + day.min() - day)


LOADS: Final[dict[str, Fault]] = {
    "missing_peak": Fault(missing_peak),
    "early": Fault(early),
    "late": Fault(late),
    "weekend_on_weekday": Fault(weekend_on_weekday, on_weekend=False),
    "weekday_on_weekend": Fault(weekday_on_weekend, on_weekend=True),
    "night_load": Fault(night_load),
    "half_amplitude": Fault(half_amplitude),
    "reversed_day": Fault(reversed_day),
    "double_peak": Fault(double_peak),
    "early_end": Fault(early_end),
    "dropout": Fault(dropout),
    "flat_day": Fault(flat_day),
    "upside_down": Fault(upside_down),
}
"""Faults of the load; `too_regular` and `stuck` are faults of the measurement, see `suite`."""


def _hump(day: Float64) -> Bool:
    """Mark the stretch around the maximum that stays above half the day's range."""
    above = day > day.min() + 0.5 * np.ptp(day)
    top = int(np.argmax(day))
    left, right = top, top
    while left > 0 and above[left - 1]:
        left -= 1
    while right < len(day) - 1 and above[right + 1]:
        right += 1
    return np.asarray((np.arange(len(day)) >= left) & (np.arange(len(day)) <= right))


def _hours(rng: np.random.Generator, week: Float64, low: float, high: float) -> int:
    """Draw a duration in records."""
    n_records: int = week.shape[1]
    return max(1, round(rng.uniform(low, high) * n_records / 24))
