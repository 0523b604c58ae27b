"""Centre and scale of a key's values, for the model's inputs."""

from dataclasses import dataclass

import numpy as np
from numpy import float32

from tests.plain.single import ZERO


@dataclass
class Moments:
    """Running means and variances over about 2,016, 24 and 12 records."""

    mean: float32 = ZERO
    variance: float32 = ZERO
    mean_24: float32 = ZERO
    variance_24: float32 = ZERO
    mean_12: float32 = ZERO
    scale: float32 = ZERO

    def add(self, t: int, x: float32, first_value: float) -> None:
        """Take in record `t`."""
        a = float32(max(1 / (t + 1), 1 / 2016))
        b = float32(max(1 / (t + 1), 1 / 24))
        self.mean, self.variance = _updated(self.mean, self.variance, x, a)
        self.mean_24, self.variance_24 = _updated(self.mean_24, self.variance_24, x, b)
        self.mean_12 += float32(max(1 / (t + 1), 1 / 12)) * (x - self.mean_12)
        self.scale = self._scale(t, abs(self.mean + float32(first_value)))

    def _scale(self, t: int, magnitude: float32) -> float32:
        """Standard deviation, kept off 0; a key of a few records has hardly any, so a tenth of its value is added."""
        scale = float32(np.sqrt(self.variance)) + 0.001 * magnitude + 1e-9
        return scale + 0.1 * magnitude if t < 5 else scale


def _updated(mean: float32, variance: float32, x: float32, weight: float32) -> tuple[float32, float32]:
    distance = x - mean
    return mean + weight * distance, (1 - weight) * (variance + weight * distance * distance)
