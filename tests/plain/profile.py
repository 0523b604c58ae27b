"""What is usual at this hour of the day and of the week."""

from dataclasses import dataclass, field
from math import floor, ldexp

from numpy import float32

from tests.plain.grid import Grid
from tests.plain.single import ZERO
from tests.plain.value_map import FIRST_GRID

UNKNOWN = 0
LARGEST_CODE = 65_535
CODES_PER_BIN = 256
DAY_S = 86_400.0
WEEK_S = 604_800.0


@dataclass(frozen=True)
class Usual:
    """Usual values of a cycle: in the slot of this record, of the next record and of the one after that."""

    now: float32
    next: float32
    after_next: float32


@dataclass
class Cycle:
    """One hour-by-hour profile: 24 slots of a day, or 168 of a week.

    A slot is a mean, stored as a 16-bit code: position on the grid of x in 1/256 of a bin, 0 = unknown. The slot that
    is open gathers the records of its hour and is folded into its code when the hour is over.
    """

    n_slots: int
    period_s: float
    grid: Grid = FIRST_GRID
    codes: list[int] = field(init=False)
    open_slot: int | None = None
    open_sum: float32 = ZERO
    open_count: int = 0
    error: float32 = ZERO
    error_of_mean: float32 = ZERO

    def __post_init__(self) -> None:
        """Start with every slot unknown."""
        self.codes = [UNKNOWN] * self.n_slots

    def add(self, timestamp_s: float, interval_s: float, x: float32, mean: float32, grid: Grid) -> Usual | None:
        """Take in a record; return what is usual around it, None while that is unknown or no better than `mean`.

        `grid` is that of the map of x, which may have changed since the last record.
        """
        self._move_to(grid)
        phase = timestamp_s % self.period_s / self.period_s
        slots = [floor(self.n_slots * (phase + n * interval_s / self.period_s) + 1e-6) % self.n_slots for n in range(3)]
        self._gather(slots[0], x)
        now, following, after = (self._usual(slot) for slot in slots)
        if now is None:
            return None
        self.error += 0.002 * (abs(x - now) - self.error)
        self.error_of_mean += 0.002 * (abs(x - mean) - self.error_of_mean)
        if following is None or self.error >= 0.7 * self.error_of_mean:
            return None
        return Usual(now, following, following if after is None else after)

    def _move_to(self, grid: Grid) -> None:
        if grid != self.grid:
            self.codes = [code and _clipped(_code(self._value(code), grid)) for code in self.codes]
            self.grid = grid

    def _gather(self, slot: int, x: float32) -> None:
        if slot != self.open_slot:
            self._fold()
            self.open_slot, self.open_sum, self.open_count = slot, ZERO, 0
        self.open_sum += x
        self.open_count += 1

    def _fold(self) -> None:
        if self.open_slot is None:
            return
        code = _code(float(self.open_sum / self.open_count), self.grid)
        known = self.codes[self.open_slot]
        self.codes[self.open_slot] = _clipped(code if known == UNKNOWN else (code + known) / 2)

    def _usual(self, slot: int) -> float32 | None:
        code = self.codes[slot]
        return None if code == UNKNOWN else float32(self._value(code))

    def _value(self, code: int) -> float:
        return ldexp(code / CODES_PER_BIN + self.grid.base, self.grid.exponent)


def _code(value: float, grid: Grid) -> float:
    return (ldexp(value, -grid.exponent) - grid.base) * CODES_PER_BIN


def _clipped(code: float) -> int:
    return int(min(max(code, 1), LARGEST_CODE))
