"""The strongest of three witnesses: novelty, the moment, the quiet."""

from typing import NamedTuple

from numpy import float32

from tests.plain.single import Vector, zeros

COMPANY = 0.94
KNOWN_WEEK = 0.7
UNFAMILIAR = 3.0
N_STATISTICS = 5


class Witnesses(NamedTuple):
    """What each says of a record; 1 is the boundary."""

    novelty: float
    moment: float
    quiet: float

    @classmethod
    def hear(
        cls, novelty: float, moment: float, quiet: float, *, surprise: float, week_known: bool, familiar: bool
    ) -> "Witnesses":
        """Hear all; novelty counts a third in an hour of the week that a key with a daily rhythm never had before."""
        counted = COMPANY * (KNOWN_WEEK if week_known else 1) / (1 if familiar else UNFAMILIAR)
        return cls(novelty * counted * surprise, moment, quiet)

    def shares(self, of_novelty: Vector) -> Vector:
        """Part of each statistic, of the moment and of the quiet in what the strongest says; shape (7,)."""
        heard = zeros(N_STATISTICS + 2)
        loudest = self.index(max(self))
        if loudest == 0:
            heard[:N_STATISTICS] = of_novelty
        else:
            heard[N_STATISTICS + loudest - 1] = float32(1)
        return heard
