"""Whether a key that is never still has fallen still."""

from dataclasses import dataclass, field

import numpy as np
from numpy import float32

from tests.plain.adaptive_threshold import Excursion
from tests.plain.single import ZERO

WINDOW = 12
FLOOR = 1e-3
LEAST = 1.1


@dataclass
class LowVariability:
    """Leaky mean of the changes from record to record, and how small it has ever been against the usual ones."""

    change: float32 = ZERO
    excursion: Excursion = field(default_factory=lambda: Excursion(LEAST))

    def follow(self, step: float32, stride: int) -> None:
        """Take in a change."""
        self.change += float32(1 / (WINDOW * stride)) * (abs(step) - self.change)

    def score(self, usual_change: float32, scale: float32, stride: int, *, sure: bool) -> float:
        """Return how much too quiet the key is, 1 at the boundary; 0 if its weeks are not known to repeat."""
        floor = FLOOR * scale
        stillness = float32(np.log((usual_change + floor) / (self.change + floor))) if usual_change > 0 else ZERO
        limit = self.excursion.follow(stillness, stride)
        return max(float(stillness / limit), 0.0) if sure else 0.0
