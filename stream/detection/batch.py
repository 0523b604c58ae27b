"""The batch: the keys that a call is about, and their numbers, taken from the state and put back all at once."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.age import age
from stream.detection.record import NUMBERS, Float32, Float64, Int64
from stream.detection.state import State

NAMES: Final = NUMBERS.names or ()
SHAPES: Final = [NUMBERS[name].shape for name in NAMES]
ENDS: Final = np.cumsum([math.prod(shape) for shape in SHAPES]).tolist()
STARTS: Final = [0, *ENDS[:-1]]
PLACES: Final = [slice(start, end) if shape else start for shape, start, end in zip(SHAPES, STARTS, ENDS, strict=True)]
"""Where each field lies in `Batch.numbers`: a row, or several of them."""


def rows_of(first: str, last: str) -> slice:
    """Give the rows of `Batch.numbers` that hold the fields from one to another."""
    return slice(STARTS[NAMES.index(first)], ENDS[NAMES.index(last)])


class Batch:
    """The keys of a batch while a record of each is judged and learned.

    What every record reads lies in one matrix, a row a number. To gather 60 numbers of 256 keys and scatter them again
    one by one costs 2 us each, to take the matrix and put it back 30 us together; and its rows are contiguous. Stages
    change the rows in place, and the state learns of it by `put_back`. All else is read and written in the state, at
    `slots`.

    Parameters
    ----------
    state : State
    slots : int64, shape (batch,)
        Distinct.

    Attributes
    ----------
    t, age : int64, shape (batch,)
        Records that a key has had, and its place in tables of the age.
    x0, timestamp_s : float64, shape (batch,)
        As in the state.
    before : float32, shape (batch, 60)
        The numbers as they were.
    numbers : float32, shape (60, batch)
        The numbers as they are; each is an attribute too, of shape (batch,), or (n, batch) where the state has n.
    """

    forecast: Float32
    interval_s: Float32
    magnitude: Float32
    last_residual: Float32
    residual_before: Float32
    level: Float32
    z: Float32
    previous: Float32
    change: Float32
    mean_12: Float32
    centre: Float32
    mean_24: Float32
    variance: Float32
    variance_24: Float32
    moment_fast: Float32
    moment: Float32
    moment_age: Float32
    moment_high: Float32
    moment_peak: Float32
    quiet_high: Float32
    quiet_peak: Float32
    slot: Float32
    slot_count: Float32
    slot_sum: Float32
    slot_deviation: Float32
    slot_change: Float32
    profile_error: Float32
    centre_error: Float32
    energy: Float32
    surprise: Float32
    low: Float32
    high: Float32
    previous_low: Float32
    previous_high: Float32

    def __init__(self, state: State, slots: Int64) -> None:
        self.state, self.slots = state, slots
        self.t = state.t.take(slots).astype(np.int64)
        self.age = age(self.t)
        self.x0: Float64 = state.x0.take(slots)
        self.timestamp_s: Float64 = state.timestamp_s.take(slots)
        self.before: Float32 = state.numbers.take(slots, axis=0)
        self.numbers: Float32 = self.before.T.copy()
        vars(self).update(zip(NAMES, map(self.numbers.__getitem__, PLACES), strict=True))

    def __len__(self) -> int:
        """Count the keys."""
        return len(self.slots)

    def put_back(self) -> None:
        """Let the state have the numbers as they are now."""
        self.state.numbers[self.slots] = self.numbers.T
