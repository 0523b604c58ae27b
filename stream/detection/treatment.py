"""Treatments: what the rules decided for a series, and the table of those in use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Transform(IntEnum):
    """What is judged instead of a value: see `stream.detection.transform`."""

    NONE = 0
    RATE = 1
    LOG = 2


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the rules decided for a series; the defaults are those of a series without a rule.

    Attributes
    ----------
    transform : Transform
    """

    transform: Transform = Transform.NONE


class Treatments:
    """The different treatments in use, as columns; row 0 is that of a series without a rule.

    A slot of the state holds the number of its row, so that a batch reads its fields at once:
    `treatments.transform[state.treatment[slots]]`.

    Attributes
    ----------
    transform : uint8, shape (rows,)
    """

    def __init__(self) -> None:
        self._rows: dict[Treatment, int] = {Treatment(): 0}
        self._lay_out()

    def __len__(self) -> int:
        """Count the rows; while there is one, nothing has to be looked up."""
        return len(self._rows)

    def row(self, treatment: Treatment) -> int:
        """Give the row of a treatment; a new one gets the next."""
        if treatment not in self._rows:
            self._rows[treatment] = len(self._rows)
            self._lay_out()
        return self._rows[treatment]

    def _lay_out(self) -> None:
        self.transform = np.array([treatment.transform for treatment in self._rows], np.uint8)
