"""What a key has done before: four statistics by themselves, and the pair of a value and its recent mean."""

from dataclasses import dataclass, field

import numpy as np
from numpy import float32

from tests.plain.grid import Grid
from tests.plain.histogram_2d import Histogram2d
from tests.plain.hull import Hull
from tests.plain.profile import DAY_S
from tests.plain.single import Vector
from tests.plain.statistics import Statistics
from tests.plain.value_map import ValueMap

ROTATION_RECORDS = 14_000
ROTATION_S = 3 * DAY_S


def _value_maps() -> list[ValueMap]:
    return [ValueMap(lowest_bin=1), ValueMap(), ValueMap(), ValueMap()]


@dataclass
class Histograms:
    """The five maps of a key and the time of their last rotation."""

    single: list[ValueMap] = field(default_factory=_value_maps)
    pair: Histogram2d = field(default_factory=Histogram2d)
    rotation_t: int = 0
    rotation_s: float = 0.0

    @property
    def hull_of_x(self) -> Hull:
        """Range of the values themselves."""
        return self.single[0].hull

    @property
    def grid_of_x(self) -> Grid:
        """Grid of the values themselves, on which the profiles lie too."""
        return self.single[0].grid

    def rotate_when_due(self, t: int, timestamp_s: float, statistics: Statistics) -> None:
        """Begin a new generation when the current one is old enough, both in records and in time."""
        if t == 0:
            self.rotation_s = timestamp_s
        if t - self.rotation_t < ROTATION_RECORDS or timestamp_s - self.rotation_s < ROTATION_S:
            return
        self.rotation_t, self.rotation_s = t, timestamp_s
        for value_map, y in zip(self.single, statistics.single, strict=True):
            value_map.rotate(y)
        self.pair.rotate(self.hull_of_x)

    def visit(self, statistics: Statistics) -> Vector:
        """Mark what the record shows; return its five distances to what is known, shape (5,)."""
        distances = [value_map.visit(y) for value_map, y in zip(self.single, statistics.single, strict=True)]
        distances.append(self.pair.visit(statistics.x, statistics.half_mean, self.hull_of_x))
        return np.array(distances, float32)

    @property
    def extents(self) -> Vector:
        """Width of all that is known of each statistic, shape (5,); the pair takes that of x."""
        extents = [value_map.extent for value_map in self.single]
        return np.array([*extents, extents[0]], float32)
