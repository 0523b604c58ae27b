"""The 26 inputs of the model."""

from dataclasses import dataclass, field
from math import cos, log, pi, sin

import numpy as np
from numpy import float32

from tests.plain import profile
from tests.plain.grid import Grid
from tests.plain.horizon import N_WAITING, SHORTEST_STEP_S, reach_of, stride_of
from tests.plain.hourly import HourlyBaseline
from tests.plain.low_variability import LowVariability
from tests.plain.moments import Moments
from tests.plain.profile import DAY_S, WEEK_S, Cycle, Usual
from tests.plain.single import ZERO, Vector

LIMIT = 8
ON = float32(1)


@dataclass
class Inputs:
    """What the inputs need to remember of a key."""

    moments: Moments = field(default_factory=Moments)
    day: Cycle = field(default_factory=lambda: Cycle(24, DAY_S))
    week: Cycle = field(default_factory=lambda: Cycle(168, WEEK_S))
    previous_x: float32 = ZERO
    previous_timestamp_s: float = 0.0
    interval_s: float32 = ZERO
    quiet: LowVariability = field(default_factory=LowVariability)
    has_seasons: tuple[bool, bool] = (False, False)
    far_is_odd: bool = False

    @property
    def stride(self) -> int:
        """Records from one far forecast to the next."""
        return stride_of(self.interval_s)

    @property
    def usual_change(self) -> float32:
        """How much values usually change in the hour of the last record; 0 if it is unknown."""
        return self.day.change_at(self.previous_timestamp_s)

    def after(self, t: int, timestamp_s: float, x: float32, first_value: float, grid: Grid) -> Vector:
        """Take in record `t`; return what the model is told: shape (26,), dimensionless, each within -8..8."""
        self.moments.add(t, x, first_value)
        self.interval_s = self._interval(t, float32(timestamp_s - self.previous_timestamp_s))
        for cycle in (self.week, self.day):
            cycle.open(timestamp_s, grid, self.day)
        self.quiet.follow(x - self.previous_x, self.stride)
        day, week = (
            cycle.add(timestamp_s, float(self.interval_s), x, self.quiet.change, self.moments.mean)
            for cycle in (self.day, self.week)
        )
        self.has_seasons = day is not None, week is not None
        change = self._unit(x) - self._unit(self.previous_x) if t > 0 else ZERO
        self.previous_x, self.previous_timestamp_s = x, timestamp_s
        inputs = [
            *(self._unit(x), change, self._unit(self.moments.mean_12)),
            *self._of_day(x, day),
            *self._of_week(x, None if self._next_is_odd(timestamp_s) else week),
            *_hands(timestamp_s, DAY_S),
            *_hands(timestamp_s, WEEK_S),
            *(self._deviation(), float32(min(t, 2000) / 2000)),
            *self._far(x, timestamp_s),
        ]
        return np.clip(np.array(inputs, float32), -LIMIT, LIMIT)

    def _interval(self, t: int, gap_s: float32) -> float32:
        """Usual time between two records; one gap moves it by a tenth at most."""
        if t == 0:
            return ZERO
        if t == 1:
            return gap_s
        return min(max(gap_s, 0.9 * self.interval_s), 1.1 * self.interval_s)

    def _unit(self, value: float32) -> float32:
        return float32(np.arcsinh((value - self.moments.mean) / self.moments.scale))

    def _of_day(self, x: float32, day: Usual | None) -> list[float32]:
        if day is None:
            return [ZERO] * 5
        now = self._unit(day.now)
        return [self._unit(day.next), now, self._unit(day.after_next), ON, self._unit(x) - now]

    def _of_week(self, x: float32, week: Usual | None) -> list[float32]:
        if week is None:
            return [ZERO] * 3
        return [self._unit(week.next), ON, self._unit(x) - self._unit(week.now)]

    def _far(self, x: float32, timestamp_s: float) -> list[float32]:
        reach_s = reach_of(self.stride) * float(self.interval_s)
        cycles = self.day, self.week
        then = [cycle.at(cycle.phase(timestamp_s) + reach_s / cycle.period_s) for cycle in cycles]
        self.far_is_odd = _odd(*then)
        off = [ZERO if cycle.here is None else self._unit(x) - self._unit(cycle.here.value) for cycle in cycles]
        steps = max(reach_s / (N_WAITING * SHORTEST_STEP_S), 1e-6)
        return [*self._then(then[0]), *self._then(then[1]), *off, float32(log(steps) / 4)]

    def _next_is_odd(self, timestamp_s: float) -> bool:
        cycles = self.day, self.week
        return _odd(*(cycle.at(cycle.phase(timestamp_s) + float(self.interval_s) / cycle.period_s) for cycle in cycles))

    def _then(self, baseline: HourlyBaseline | None) -> list[float32]:
        if baseline is None:
            return [ZERO] * 3
        spread = float32(np.log(baseline.spread / self.moments.scale + 0.001)) / 3 if baseline.spread > 0 else ZERO
        return [self._unit(baseline.value), spread, ON]

    def _deviation(self) -> float32:
        relative = np.sqrt(self.moments.variance_24) / self.moments.scale
        return float32(np.log(relative + 0.001)) / 3


def _odd(day: HourlyBaseline | None, week: HourlyBaseline | None) -> bool:
    """Whether a moment of the week was seen but once, and then was unlike what other days show."""
    if day is None or week is None or week.spread > 0:
        return False
    return bool(abs(week.value - day.value) > profile.SURPRISING * day.spread)


def _hands(timestamp_s: float, period_s: float) -> list[float32]:
    """Position on a clock (UTC) that goes round once a period."""
    angle = 2 * pi * (timestamp_s % period_s / period_s)
    return [float32(sin(angle)), float32(cos(angle))]
