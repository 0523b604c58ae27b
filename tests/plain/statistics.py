"""The five statistics of a record."""

from dataclasses import dataclass, field

from numpy import float32

from tests.plain.single import ZERO, Vector, zeros

N_RING = 24
N_ERRORS = 12


@dataclass(frozen=True)
class Statistics:
    """What one record says of its key; all in the units of the value, relative to the first one."""

    x: float32
    residual_3: float32
    level: float32
    residual_12: float32
    half_mean: float32

    @property
    def single(self) -> tuple[float32, float32, float32, float32]:
        """The four that have a map of their own; `x` and `half_mean` are the pair."""
        return self.x, self.residual_3, self.level, self.residual_12


@dataclass
class Window:
    """The latest values and forecast errors, and a slow mean."""

    values: Vector = field(default_factory=lambda: zeros(N_RING))
    absolute_errors: Vector = field(default_factory=lambda: zeros(N_ERRORS))
    error_1: float32 = ZERO
    error_2: float32 = ZERO
    slow_mean: float32 = ZERO

    def add(self, t: int, x: float32, forecast: float32) -> Statistics:
        """Take in record `t` and return its statistics. The first two records have no forecast to be wrong."""
        error = x - forecast if t >= 2 else ZERO
        self.values[t % N_RING] = x
        self.absolute_errors[t % N_ERRORS] = abs(error)
        mean = float32(self.values.sum()) / min(t + 1, N_RING)
        residual_3 = (error + self.error_1 + self.error_2) / min(t + 1, 3)
        self.error_2, self.error_1 = self.error_1, error
        residual_12 = float32(self.absolute_errors.sum()) / min(t + 1, N_ERRORS)
        self.slow_mean += float32(max(1 / 300.5, 1 / (t + 1))) * (x - self.slow_mean)
        level = mean - self.slow_mean if t >= N_RING else ZERO
        return Statistics(x, residual_3, level, residual_12, mean / 2)
