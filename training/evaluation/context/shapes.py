"""Load shapes: what a typical day of each kind of service looks like, for each day of the week.

None of this is shared with the series that the default model learns from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from stream.detection.arrays import Float64

Shape: TypeAlias = Callable[[np.random.Generator, Float64], Float64]
"""Draws a week: hours of the day, shape (records a day,), in; load of about 0 to 1, shape (7, records a day), out."""

SATURDAY, SUNDAY = 5, 6


def office(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a working day with a lunch dip; little on weekends."""
    start, end = rng.uniform(7, 9.5), rng.uniform(16.5, 19)
    day = _plateau(hours, start, end, rng.uniform(0.3, 0.8))
    day -= rng.uniform(0.1, 0.3) * _bell(hours, rng.uniform(12, 13), 0.5)
    return _week(day, weekend=rng.uniform(0.02, 0.15) * day)


def evening(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a streaming service: a peak after dinner, longer and higher on weekends."""
    peak = rng.uniform(19.5, 21.5)
    day = 0.15 + 0.85 * _bell(hours, peak, rng.uniform(1.3, 2.2))
    weekend = 0.15 + _bell(hours, peak, rng.uniform(1.8, 2.6)) + rng.uniform(0.3, 0.6) * _bell(hours, 14, 2.5)
    return _week(day, weekend=weekend)


def nightly_batch(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a machine that idles but for a job every night, the same on all days."""
    start = rng.uniform(0, 4)
    job = _plateau(hours, start, start + rng.uniform(1.5, 3), 0.05)
    return _week(0.1 + 0.9 * job)


def hourly_jobs(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a job at the start of every hour on a working day's load."""
    share = rng.uniform(0.25, 0.4)
    jobs = (hours % 1.0 < share).astype(np.float64)
    day = 0.2 + 0.4 * jobs * (0.4 + 0.6 * _plateau(hours, 8, 18, 0.5)) + 0.4 * _plateau(hours, 8, 18, 0.7)
    return _week(day, weekend=0.2 + 0.2 * jobs)


def shifts(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a plant with square shifts on weekdays and a short one on Saturday."""
    start = rng.uniform(5, 7)
    early, late = _plateau(hours, start, start + 7.5, 0.02), _plateau(hours, start + 8, start + 15.5, 0.02)
    return _week(early + rng.uniform(0.5, 0.8) * late, saturday=early, sunday=0 * hours)


def smooth(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a gentle wave with its top in the afternoon, flatter on weekends."""
    wave = 0.5 + 0.5 * np.cos((hours - rng.uniform(13, 17)) * np.pi / 12)
    return _week(wave, weekend=rng.uniform(0.4, 0.7) * wave)


def commuter(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return traffic: two rush hours on weekdays, one broad hump on weekends."""
    width = rng.uniform(0.8, 1.3)
    day = 0.1 + 0.9 * _bell(hours, 7.75, width) + 0.8 * _bell(hours, 17.5, 1.3 * width) + 0.25 * _bell(hours, 12.5, 3)
    return _week(day, weekend=0.1 + rng.uniform(0.4, 0.6) * _bell(hours, 14.5, 3.5))


def retail(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a shop: busy Saturday, closed Sunday."""
    opens, closes = rng.uniform(8.5, 10), rng.uniform(18, 20.5)
    day = _plateau(hours, opens, closes, 0.4) * (0.6 + 0.4 * _bell(hours, 17, 2.5))
    return _week(0.75 * day, saturday=day, sunday=0 * hours)


def always_on(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a service at work around the clock but for a maintenance dip each night."""
    return _week(1 - rng.uniform(0.5, 0.8) * _plateau(hours, 2.5, 2.5 + rng.uniform(1.5, 3), 0.15) + 0.0 * hours)


def school(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return mornings, with homework in the evening before a school day."""
    morning, homework = _plateau(hours, 7.5, 13.5, 0.25), rng.uniform(0.4, 0.7) * _bell(hours, 17.5, 1.3)
    return _week(0.05 + morning + homework, saturday=0.05 + 0 * hours, sunday=0.05 + homework)


def weekend_rush(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a leisure site: quiet weekdays, full weekends."""
    day = _bell(hours, rng.uniform(13, 16), rng.uniform(2.5, 3.5))
    return _week(0.1 + rng.uniform(0.25, 0.4) * day, weekend=0.1 + 0.9 * day)


def double_hump(rng: np.random.Generator, hours: Float64) -> Float64:
    """Return a call centre: morning and afternoon, half as much on Saturday."""
    day = _bell(hours, rng.uniform(9.5, 10.5), 1.4) + rng.uniform(0.7, 0.95) * _bell(hours, rng.uniform(14.5, 16), 1.5)
    return _week(day, saturday=rng.uniform(0.4, 0.6) * day, sunday=0.05 * day)


SHAPES: Final[dict[str, Shape]] = {
    shape.__name__: shape
    for shape in (
        office,
        evening,
        nightly_batch,
        hourly_jobs,
        shifts,
        smooth,
        commuter,
        retail,
        always_on,
        school,
        weekend_rush,
        double_hump,
    )
}


def _week(
    day: Float64,
    *,
    weekend: Float64 | None = None,
    saturday: Float64 | None = None,
    sunday: Float64 | None = None,
) -> Float64:
    """Lay seven days out, Monday first; Saturday and Sunday are days like the others unless given."""
    week = np.tile(day, (7, 1))
    for weekday, own in ((SATURDAY, saturday), (SUNDAY, sunday)):
        course = weekend if own is None else own
        if course is not None:
            week[weekday] = course
    return week


def _bell(hours: Float64, centre: float, width_h: float) -> Float64:
    """Draw a bump of height 1 around an hour, over midnight too."""
    away = (hours - centre + 12) % 24 - 12
    return np.asarray(np.exp(-0.5 * (away / width_h) ** 2))


def _plateau(hours: Float64, start: float, end: float, ramp_h: float) -> Float64:
    """Draw 1 between two hours and 0 outside, with ramps of about `ramp_h` hours."""
    middle, half = (start + end) / 2, (end - start) / 2
    away = np.abs((hours - middle + 12) % 24 - 12)
    return np.asarray(np.clip(0.5 + (half - away) / max(ramp_h, 1e-9), 0, 1))
