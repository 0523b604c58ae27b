"""Which values of one statistic a key has shown before."""

from dataclasses import dataclass, field
from math import floor, ldexp

from numpy import float32

from tests.plain.grid import FINEST_EXPONENT, Grid, coarsened, inside, refined
from tests.plain.hull import Hull

LAST_BIN = 255
LIMIT = 254
FIRST_GRID = Grid(FINEST_EXPONENT, -128)


@dataclass
class ValueMap:
    """Bins that one statistic has visited, in the current and in the previous generation.

    ``lowest_bin`` is the lowest that may be visited: 1 on the map of x, whose bin 0 means "unknown" to the profile.
    """

    lowest_bin: int = 0
    grid: Grid = FIRST_GRID
    hull: Hull = field(default_factory=Hull)
    current: set[int] = field(default_factory=set)
    previous: set[int] = field(default_factory=set)

    def rotate(self, y: float32) -> None:
        """Forget the previous generation, begin one at `y`, and use finer bins if what is left allows it."""
        self.previous, self.current = self.current, set()
        self.hull.rotate(y)
        exponent = refined(self.grid.exponent, self.hull, LIMIT)
        if exponent < self.grid.exponent:
            self._lay_out(exponent)

    def visit(self, y: float32) -> float32:
        """Mark the bin of `y`; return its distance to the nearest known bin, 0 if it is known or none is."""
        self.hull.extend(y)
        if not self.lowest_bin <= floor(self.grid.position(y)) <= LAST_BIN:
            self._lay_out(coarsened(self.grid.exponent, self.hull, LIMIT))
        position = self.grid.position(y)
        distance = self._distance(position)
        self.current.add(floor(position))
        return float32(ldexp(distance, self.grid.exponent))

    @property
    def extent(self) -> float32:
        """Width of all known bins together, in units of the statistic."""
        return float32(ldexp(len(self.current | self.previous), self.grid.exponent))

    def _distance(self, position: float) -> float:
        if floor(position) in self.current or floor(position) in self.previous:
            return 0.0
        return min((abs(position - 0.5 - known) for known in self.current | self.previous), default=0.0)

    def _lay_out(self, exponent: int) -> None:
        old = self.grid
        self.grid = Grid.centred(float(self.hull.lo), float(self.hull.hi), exponent, LAST_BIN)
        self.current = self._moved(self.current, old)
        self.previous = self._moved(self.previous, old)

    def _moved(self, bins: set[int], old: Grid) -> set[int]:
        return {new for each in bins for new in inside(self.grid.bins_of(old, each), LAST_BIN)}
