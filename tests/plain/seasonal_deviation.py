"""Whether a record is what was foretold of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy import float32

from tests.plain.adaptive_threshold import Excursion
from tests.plain.single import ZERO

FARTHEST = 25
FAST, SLOW = 3, 6
LEAST = 2.7
YOUNG, GROWN_UP = 0.4, 4032
EXPECTED, UNEXPECTED = 1.0, 2.0
CALMING = 0.5


@dataclass
class SeasonalDeviation:
    """Leaky means of how far off records were, in widths of their far forecast, and how many had one."""

    fast: float32 = ZERO
    slow: float32 = ZERO
    age: float32 = ZERO
    excursion: Excursion = field(default_factory=lambda: Excursion(LEAST))

    def score(self, miss: float32 | None, stride: int) -> float:
        """Take in how far off a record is; return how far off the moment is: 1 is the boundary."""
        rate = float32(1 / stride)
        away = ZERO if miss is None else min(max(miss, float32(-FARTHEST)), float32(FARTHEST))
        self.fast += rate / FAST * (away - self.fast)
        self.slow += rate / SLOW * (away - self.slow)
        self.age += ZERO if miss is None else rate
        limit = self.excursion.follow(abs(self.slow), stride)
        return float(abs(self.slow) / limit)

    @property
    def trust(self) -> float:
        """Part of all evidence that stands while the rhythm is new."""
        return float(1 / (1 + YOUNG * np.exp(-self.age / GROWN_UP)))

    def surprise(self, miss: float32 | None) -> float:
        """Part of the novelty that stands: half of it where the record was expected long before."""
        if miss is None:
            return 1.0
        ramp = (abs(float(self.fast)) - EXPECTED) / (UNEXPECTED - EXPECTED)
        return CALMING + (1 - CALMING) * min(max(ramp, 0.0), 1.0)
