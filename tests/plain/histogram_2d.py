"""Which pairs of a value and its recent mean a key has shown before."""

from dataclasses import dataclass, field
from math import floor, hypot, ldexp

from numpy import float32

from tests.plain.grid import FINEST_EXPONENT, Grid, coarsened, inside, refined
from tests.plain.hull import Hull

LAST_COLUMN = 127
LAST_ROW = 65
LIMIT = 127
FIRST_COLUMNS = Grid(FINEST_EXPONENT, -64)
FIRST_ROWS = Grid(FINEST_EXPONENT, -33)

Cell = tuple[int, int]


@dataclass
class Histogram2d:
    """Cells (column, row) that the pair of x and half its mean over 24 records has visited, as in a `ValueMap`.

    It has no hull of its own: both axes follow the hull of x, and their bins are equally wide.
    """

    columns: Grid = FIRST_COLUMNS
    rows: Grid = FIRST_ROWS
    current: set[Cell] = field(default_factory=set)
    previous: set[Cell] = field(default_factory=set)

    def rotate(self, hull: Hull) -> None:
        """Forget the previous generation, begin an empty one, and use finer cells if the hull of x allows it."""
        self.previous, self.current = self.current, set()
        exponent = refined(self.columns.exponent, hull, LIMIT)
        if exponent < self.columns.exponent:
            self._lay_out(exponent, hull)

    def visit(self, x: float32, half_mean: float32, hull: Hull) -> float32:
        """Mark the cell of the pair; return the distance to the nearest known cell, 0 if it is known or none is."""
        if self._cell(x, half_mean) != self._clamped_cell(x, half_mean):
            self._lay_out(coarsened(self.columns.exponent, hull, LIMIT), hull)
        distance = self._distance(x, half_mean)
        self.current.add(self._clamped_cell(x, half_mean))
        return float32(ldexp(distance, self.columns.exponent))

    def _cell(self, x: float32, half_mean: float32) -> Cell:
        return floor(self.columns.position(x)), floor(self.rows.position(half_mean))

    def _clamped_cell(self, x: float32, half_mean: float32) -> Cell:
        column, row = self._cell(x, half_mean)
        return min(max(column, 0), LAST_COLUMN), min(max(row, 0), LAST_ROW)

    def _distance(self, x: float32, half_mean: float32) -> float:
        cell = self._clamped_cell(x, half_mean)
        if cell in self.current or cell in self.previous:
            return 0.0
        across = self.columns.position(x) - 0.5
        down = self.rows.position(half_mean) - 0.5
        known = self.current | self.previous
        return min((hypot(across - column, down - row) for column, row in known), default=0.0)

    def _lay_out(self, exponent: int, hull: Hull) -> None:
        old_columns, old_rows = self.columns, self.rows
        self.columns = Grid.centred(float(hull.lo), float(hull.hi), exponent, LAST_COLUMN)
        self.rows = Grid.centred(float(hull.lo) / 2, float(hull.hi) / 2, exponent, LAST_ROW)
        self.current = self._moved(self.current, old_columns, old_rows)
        self.previous = self._moved(self.previous, old_columns, old_rows)

    def _moved(self, cells: set[Cell], old_columns: Grid, old_rows: Grid) -> set[Cell]:
        return {
            (column, row)
            for old_column, old_row in cells
            for column in inside(self.columns.bins_of(old_columns, old_column), LAST_COLUMN)
            for row in inside(self.rows.bins_of(old_rows, old_row), LAST_ROW)
        }
