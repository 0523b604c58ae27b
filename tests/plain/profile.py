"""What is usual at this hour of the day and of the week."""

from dataclasses import dataclass, field
from math import floor, inf, ldexp

from numpy import float32

from tests.plain.grid import Grid
from tests.plain.hourly import HourlyBaseline, Sizes
from tests.plain.single import ZERO
from tests.plain.value_map import FIRST_GRID

UNKNOWN = 0
LARGEST_CODE = 65_535
CODES_PER_BIN = 256
DAY_S = 86_400.0
WEEK_S = 604_800.0
SURPRISING = 3
LOUDEST = 1.5


@dataclass(frozen=True)
class Usual:
    """Usual values of a cycle: in the slot of this record, of the next record and of the one after that."""

    now: float32
    next: float32
    after_next: float32


@dataclass
class Cycle:
    """One hour-by-hour profile: 24 slots of a day, or 168 of a week; the last record's own climate is `here`.

    A slot is a mean, stored as a 16-bit code: position on the grid of x in 1/256 of a bin, 0 = unknown. The slot that
    is open gathers the records of its hour and is folded into its code when the hour is over.
    """

    n_slots: int
    period_s: float
    grid: Grid = FIRST_GRID
    codes: list[int] = field(init=False)
    spreads: Sizes = field(init=False)
    changes: Sizes = field(init=False)
    here: HourlyBaseline | None = None
    open_slot: int | None = None
    open_sum: float32 = ZERO
    open_count: int = 0
    open_deviation: float32 | None = ZERO
    open_change: float32 = ZERO
    error: float32 = ZERO
    error_of_mean: float32 = ZERO

    def __post_init__(self) -> None:
        """Start with every slot unknown."""
        self.codes = [UNKNOWN] * self.n_slots
        self.spreads, self.changes = Sizes(self.n_slots), Sizes(self.n_slots)

    def open(self, timestamp_s: float, grid: Grid, day: "Cycle") -> None:
        """Fold the hour that is over when a record comes; `grid` is that of the map of x, which may have changed too.

        `day` is the profile of the day, for the week to be held against; it must not have folded that hour yet.
        """
        self._move_to(grid)
        day._move_to(grid)
        slot = self.slot(self.phase(timestamp_s))
        if slot != self.open_slot:
            self._fold(day)
            self.open_slot, self.open_sum, self.open_count = slot, ZERO, 0
            self.open_deviation = self.open_change = ZERO

    def add(self, timestamp_s: float, interval_s: float, x: float32, change: float32, mean: float32) -> Usual | None:
        """Take in a record; return what is usual around it, None while that is unknown or no better than `mean`.

        `change` is how much values have changed lately.
        """
        phase = self.phase(timestamp_s)
        slots = [self.slot(phase + n * interval_s / self.period_s) for n in range(3)]
        self.here = self.at(phase)
        self._gather(x, change)
        now, following, after = (self._usual(slot) for slot in slots)
        if now is None:
            return None
        self.error += 0.002 * (abs(x - now) - self.error)
        self.error_of_mean += 0.002 * (abs(x - mean) - self.error_of_mean)
        if following is None or self.error >= 0.7 * self.error_of_mean:
            return None
        return Usual(now, following, following if after is None else after)

    def phase(self, timestamp_s: float) -> float:
        """Part of the cycle that is over."""
        return timestamp_s % self.period_s / self.period_s

    def slot(self, phase: float) -> int:
        """Hour of the cycle."""
        return floor(self.n_slots * phase + 1e-6) % self.n_slots

    def at(self, phase: float) -> HourlyBaseline | None:
        """Return what a moment usually shows, between the means of its hour and of the nearer neighbour."""
        place = phase * self.n_slots - 0.5
        before = floor(place)
        late = place - before >= 0.5
        hour, neighbour = (before + 1, before) if late else (before, before + 1)
        code, other = self.codes[hour % self.n_slots], self.codes[neighbour % self.n_slots]
        if code == UNKNOWN:
            return None
        between = code if other == UNKNOWN else code + abs(place - before - late) * (other - code)
        return HourlyBaseline(
            float32(self._value(between)), self.spreads.usual(hour % self.n_slots, self.grid.exponent)
        )

    def change_at(self, timestamp_s: float) -> float32:
        """Return how much values usually change in the hour of a record; 0 if it is unknown."""
        slot = self.slot(self.phase(timestamp_s))
        return self.changes.usual(slot, self.grid.exponent)

    def _move_to(self, grid: Grid) -> None:
        if grid != self.grid:
            for sizes in (self.spreads, self.changes):
                sizes.move(self.grid.exponent - grid.exponent)
            self.codes = [code and _clipped(_code(self._value(code), grid)) for code in self.codes]
            self.grid = grid

    def _gather(self, x: float32, change: float32) -> None:
        self.open_sum += x
        self.open_change += change
        self.open_count += 1
        if self.here is None or self.open_deviation is None:
            self.open_deviation = None
        else:
            self.open_deviation += abs(x - self.here.value)

    def _fold(self, day: "Cycle") -> None:
        if self.open_slot is None:
            return
        code = _code(float(self.open_sum / self.open_count), self.grid)
        known = self.codes[self.open_slot]
        self.codes[self.open_slot] = _clipped(
            code if known == UNKNOWN else self._between(self.open_slot, known, code, day)
        )
        exponent = self.grid.exponent
        self.changes.learn(self.open_slot, self.open_change / self.open_count, exponent, most=LOUDEST)
        if self.open_deviation is not None:
            self.spreads.learn(self.open_slot, self.open_deviation / self.open_count, exponent)

    def _between(self, slot: int, old: float, new: float, day: "Cycle") -> float:
        """Return the mean of an hour's old and new code, where an exception counts as a few spreads only."""
        spread = self.spreads.in_bins(slot)
        if self is not day and not spread:
            of_days, spread = day.codes[slot % day.n_slots], day.spreads.in_bins(slot % day.n_slots)
            old, new = sorted((old, new), key=lambda code: abs(code - of_days))
        reach = max(SURPRISING * spread, 1) * CODES_PER_BIN if spread else inf
        return old + min(max(new - old, -reach), reach) / 2

    def _usual(self, slot: int) -> float32 | None:
        code = self.codes[slot]
        return None if code == UNKNOWN else float32(self._value(code))

    def _value(self, code: float) -> float:
        return ldexp(code / CODES_PER_BIN + self.grid.base, self.grid.exponent)


def _code(value: float, grid: Grid) -> float:
    return (ldexp(value, -grid.exponent) - grid.base) * CODES_PER_BIN


def _clipped(code: float) -> int:
    return int(min(max(code, 1), LARGEST_CODE))
