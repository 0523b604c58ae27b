"""Series of every kind that a detector meets, drawn by Hypothesis."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy import float64
from numpy.typing import NDArray

Numbers = NDArray[float64]
DAY_S = 86_400


@dataclass(frozen=True)
class Series:
    """Records of one key: event times in seconds, strictly increasing, and values."""

    timestamps_s: Numbers
    values: Numbers

    def __len__(self) -> int:
        """Count the records."""
        return len(self.values)


def constant(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """Never changes."""
    return np.zeros(len(timestamps_s))


def noise(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """White."""
    return rng.normal(size=len(timestamps_s))


def walk(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """Never returns on purpose."""
    return rng.normal(size=len(timestamps_s)).cumsum()


def day(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """Repeats every day, so that the profile becomes useful."""
    return np.sin(2 * np.pi * timestamps_s / DAY_S) + 0.1 * noise(rng, timestamps_s)


def counter(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """Only rises, in whole steps."""
    return rng.poisson(3, len(timestamps_s)).cumsum().astype(float64)


def sparse(rng: np.random.Generator, timestamps_s: Numbers) -> Numbers:
    """Zero but for a few whole numbers."""
    return rng.poisson(0.2, len(timestamps_s)).astype(float64)


def spike(values: Numbers, at: int, size: float) -> Numbers:
    """One record is far off."""
    return np.where(np.arange(len(values)) == at, values + size, values)


def shift(values: Numbers, at: int, size: float) -> Numbers:
    """From here on everything is elsewhere."""
    return np.where(np.arange(len(values)) >= at, values + size, values)


def reset(values: Numbers, at: int, size: float) -> Numbers:
    """What has grown begins again."""
    return np.where(np.arange(len(values)) >= at, values - values[at] + size, values)


def flat(values: Numbers, at: int, size: float) -> Numbers:
    """The value stays as it is for a while, longer for a larger size."""
    place = np.arange(len(values))
    return np.where((place >= at) & (place < at + 10 * abs(size)), values[at], values)


def shrink(values: Numbers, at: int, size: float) -> Numbers:
    """From here on the range is a part of what it was."""
    return np.where(np.arange(len(values)) >= at, values[at] + (values - values[at]) / (1 + abs(size)), values)


@st.composite
def series(draw: st.DrawFn, max_length: int = 240) -> Series:
    """Draw a series: a shape, up to eight disturbances, any scale and offset, even or uneven steps, and holes."""
    length = draw(st.integers(60, max_length))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    timestamps_s = draw(clocks(rng, length))
    values = draw(st.sampled_from([constant, noise, walk, day, counter, sparse]))(rng, timestamps_s)
    for _ in range(draw(st.integers(0, 8))):
        disturb = draw(st.sampled_from([spike, shift, reset, flat, shrink]))
        size = draw(st.sampled_from([-1e6, -30.0, -5.0, -1.5, 0.7, 4.0, 12.0, 300.0]))
        values = disturb(values, draw(st.integers(0, length - 1)), size)
    offset = draw(st.sampled_from([0.0, 1.0, -1e3, 1e9]))
    return Series(timestamps_s, (values + offset) * 10.0 ** draw(st.integers(-15, 10)))


@st.composite
def clocks(draw: st.DrawFn, rng: np.random.Generator, length: int) -> Numbers:
    """Draw event times of a series."""
    interval_s = draw(st.sampled_from([1.0, 5.0, 300.0, 3600.0, 7200.0]))
    jitter = draw(st.sampled_from([0.0, 0.4]))
    gaps_s = interval_s * (1 + jitter * rng.uniform(-1, 1, length))
    for _ in range(draw(st.integers(0, 2))):
        gaps_s[draw(st.integers(1, length - 1))] *= draw(st.sampled_from([3.0, 50.0, 1000.0]))
    return 1.4e9 + gaps_s.cumsum()


@st.composite
def weeks(draw: st.DrawFn) -> Series:
    """Draw four weeks or more that are alike, so that the far forecasts count, with disturbances in the last ones."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    timestamps_s = draw(st.sampled_from([every_two_hours, hours_of_a_week]))(rng)
    weekdays = 0.5 + (timestamps_s // DAY_S % 7 < 5)
    course = np.sin(2 * np.pi * timestamps_s / DAY_S) + np.sin(12 * np.pi * timestamps_s / DAY_S)
    values = 3 * weekdays * course + 0.3 * noise(rng, timestamps_s)
    for _ in range(draw(st.integers(1, 6))):
        disturb = draw(st.sampled_from([spike, shift, flat]))
        at = draw(st.integers(len(timestamps_s) // 2, len(timestamps_s) - 1))
        values = disturb(values, at, draw(st.sampled_from([-5.0, -1.5, 0.7, 4.0, 12.0])))
    return Series(timestamps_s, (values + draw(st.sampled_from([0.0, 1e3]))) * 10.0 ** draw(st.integers(-9, 9)))


def every_two_hours(rng: np.random.Generator) -> Numbers:
    """Five weeks: every record has a far forecast of its own."""
    return 1.4e9 + 7200.0 * np.arange(5 * 84) + rng.uniform(-60, 60, 5 * 84)


def hours_of_a_week(rng: np.random.Generator) -> Numbers:
    """Five weeks of which each has records for three and a half hours: a far forecast stands for several of them."""
    interval_s = float(rng.choice([100.0, 200.0]))
    burst_s = np.arange(0, 3.5 * 3600, interval_s)
    timestamps_s: Numbers = 1.4e9 + 7.0 * DAY_S * np.arange(5)[:, None] + burst_s
    return timestamps_s.ravel()
