"""How far something has ever strayed, known only when it has come back."""

from dataclasses import dataclass

from numpy import float32

from tests.plain.single import ZERO

TOO_FAR = 1.3
BACK = 0.5
MOST_LEARNED = 1.2
FORGOTTEN = 5e-5


@dataclass
class Excursion:
    """The farthest excursion that has ended, the top of the one that lasts, and the boundary of the last record."""

    least: float
    highest: float32 = ZERO
    top: float32 = ZERO
    limit: float32 = ZERO

    def follow(self, off: float32, stride: int) -> float32:
        """Take in how far off a record is; return how far was too far before it."""
        self.limit = max(float32(self.least), TOO_FAR * self.highest)
        self.top = max(self.top, off)
        if off < BACK * self.limit:
            kept = self.highest * (1 - FORGOTTEN * float32(1 / stride))
            self.highest = max(kept, min(self.top, MOST_LEARNED * self.limit))
            self.top = ZERO
        return self.limit
