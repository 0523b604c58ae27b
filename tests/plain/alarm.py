"""When a score is an alarm."""

from dataclasses import dataclass
from math import inf

from numpy import float32

from tests.plain.single import ZERO


@dataclass
class Alarm:
    """When the last alarm was raised and how high the score has been since."""

    last_t: float = -inf
    peak: float32 = ZERO

    def decide(self, t: int, score: float) -> bool:
        """Check for an alarm at record `t`: not soon after another one unless the score is five times as high."""
        if score < 1:
            return False
        raised = t - self.last_t > min(max(t / 25, 20), 75) or score >= 5 * float(self.peak)
        self.peak = float32(score) if raised else max(self.peak, float32(score))
        if raised:
            self.last_t = t
        return raised
