"""A metric of the scenario: its ordinary days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

DAY_H, WEEK_H = 24.0, 168.0
SATURDAY_H = 120.0
"""Hours from Monday midnight to Saturday midnight."""

PERSISTENCE = 0.6
"""How much of the noise of one point lives on in the next: traffic deviates for an hour rather than for a point."""


@dataclass(frozen=True, slots=True)
class DailyPeak:
    """A busy time of every day."""

    hour: float
    """Time of day of its top, UTC."""
    width_h: float
    """Standard deviation of its bell."""
    height: float
    """In the metric's unit; negative for a dip."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A series of the scenario without faults."""

    name: str
    base: float
    """Value at night."""
    peaks: tuple[DailyPeak, ...]
    weekend: float = 1.0
    """Factor on the peaks on Saturday and Sunday."""
    daily: float = 0.04
    """Standard deviation of a day's own factor on the peaks: no two Tuesdays are equal."""
    noise: float = 0.03
    """Standard deviation of the noise as a share of the value."""
    counted: bool = False
    """Whether the values are counts, so that Poisson noise comes on top."""
    ceiling: float | None = None
    """Largest possible value."""

    def play(self, hours: Float64, rng: np.random.Generator) -> Float64:
        """Make the values of ordinary days.

        Parameters
        ----------
        hours : float64, shape (points,)
            Since a Monday, 00:00 UTC, evenly spaced.

        Returns
        -------
        float64, shape (points,)
        """
        values = self.base + self._peaks(hours, rng)
        values *= 1 + self.noise * _lasting_noise(len(hours), rng)
        if self.counted:
            values = rng.poisson(np.maximum(values, 0)).astype(np.float64)
        return np.clip(values, 0, self.ceiling)

    def _peaks(self, hours: Float64, rng: np.random.Generator) -> Float64:
        day = (hours // DAY_H).astype(np.int64)
        own_factor = 1 + self.daily * rng.standard_normal(day[-1] + 1)
        weekend = np.where(hours % WEEK_H >= SATURDAY_H, self.weekend, 1.0)
        bells = np.array([_bell(hours, peak) for peak in self.peaks])
        return np.asarray(bells.sum(axis=0) * weekend * own_factor[day])


def _bell(hours: Float64, peak: DailyPeak) -> Float64:
    """Bell curve around an hour, across midnight."""
    distance_h = (hours - peak.hour + DAY_H / 2) % DAY_H - DAY_H / 2
    return peak.height * np.exp(-0.5 * (distance_h / peak.width_h) ** 2)


def _lasting_noise(n_points: int, rng: np.random.Generator) -> Float64:
    """Autoregressive noise of order 1 and variance 1."""
    noise = rng.standard_normal(n_points)
    fresh = np.sqrt(1 - PERSISTENCE**2)
    for i in range(1, n_points):
        noise[i] = PERSISTENCE * noise[i - 1] + fresh * noise[i]
    return noise
