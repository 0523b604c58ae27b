"""The range a statistic has covered."""

from dataclasses import dataclass

from numpy import float32

from tests.plain.single import ZERO


@dataclass
class Hull:
    """Smallest interval that holds all values of a statistic in the current and in the previous generation.

    Both generations start at record 0, whose statistics are all 0: values are relative to the first one.
    """

    current: tuple[float32, float32] = (ZERO, ZERO)
    previous: tuple[float32, float32] = (ZERO, ZERO)

    @property
    def lo(self) -> float32:
        """Lowest value of both generations."""
        return min(self.current[0], self.previous[0])

    @property
    def hi(self) -> float32:
        """Highest value of both generations."""
        return max(self.current[1], self.previous[1])

    def extend(self, y: float32) -> None:
        """Make the current generation hold `y`."""
        lo, hi = self.current
        self.current = (min(lo, y), max(hi, y))

    def rotate(self, y: float32) -> None:
        """Begin a generation that holds `y` alone; the one before the last is forgotten."""
        self.previous = self.current
        self.current = (y, y)
