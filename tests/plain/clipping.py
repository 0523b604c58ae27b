"""What may be learned: a value far outside everything seen is reported, but only its nearest usual value is kept."""

from dataclasses import dataclass

from numpy import float32

from tests.plain.hull import Hull
from tests.plain.single import ZERO

OPENING_T = 50
MARGIN = 10.0
MARGIN_GROWTH = 1.5
LONGEST_RUN = 100


@dataclass
class Clipping:
    """The first value x0, the number of absurd records in a row, and the largest absolute value learned."""

    first_value: float = 0.0
    n_absurd: int = 0
    largest: float32 = ZERO

    def admit(self, t: int, value: float, hull: Hull) -> tuple[float32, bool]:
        """Return what may be learned of a value, relative to the first one, and whether the value was absurd.

        The margin grows with every absurd record in a row, so that a lasting shift is accepted after some ten of them.
        """
        if t == 0:
            self.first_value = value
        relative = value - self.first_value
        learned = self._limited(relative, hull) if t >= OPENING_T and hull.hi > hull.lo else relative
        absurd = learned != relative
        self.n_absurd = min(self.n_absurd + 1, LONGEST_RUN) if absurd else 0
        self.largest = max(self.largest, float32(abs(float(float32(learned)) + self.first_value)))
        return float32(learned), absurd

    def _limited(self, relative: float, hull: Hull) -> float:
        lo, hi = float(hull.lo), float(hull.hi)
        margin = MARGIN * MARGIN_GROWTH**self.n_absurd * max(hi - lo, 0.001 * float(self.largest))
        if relative > hi + margin:
            return hi
        if relative < lo - margin:
            return lo
        return relative
