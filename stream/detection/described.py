"""A described record: what the forecaster sees of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.record import OUTLOOK, Bool, Float32, Int64
from stream.detection.scale import Scale


def reach(strides: Int64) -> Int64:
    """Count the records that a far forecast looks ahead."""
    return OUTLOOK * strides - (strides - 1) // 2


class Described(NamedTuple):
    """A record as the forecaster sees it, and the scale it is seen in."""

    inputs: Float32
    """Shape (batch, 26), C-contiguous, within plus and minus 8; see `inputs`."""
    scale: Scale
    stride: Int64
    """Records from one far forecast to the next; shape (batch,)."""
    rhythm: Bool
    """Whether the profiles of the day and of the week are of use; shape (2, batch)."""
    familiar: Bool
    """Whether this hour of the week has been seen before; shape (batch,)."""
    usual_change: Float32
    """Usual change from record to record in this hour of the day, 0 if not known; shape (batch,)."""

    def of(self, rows: Int64) -> Described:
        """Take some records of the batch."""
        scale = Scale(*(column[rows] for column in self.scale))
        rhythm, familiar, change = self.rhythm[:, rows], self.familiar[rows], self.usual_change[rows]
        return Described(self.inputs[rows], scale, self.stride[rows], rhythm, familiar, change)

    @property
    def reach(self) -> Int64:
        """Records from this one to the far one, the middle of those that the far forecast is held against."""
        return reach(self.stride)

    @property
    def rate(self) -> Float32:
        """Part of the way from one far forecast to the next that a record is; shape (batch,)."""
        rate: Float32 = (1 / self.stride).astype(np.float32)
        return rate

    @property
    def usual(self) -> Float32:
        """What the moment of the far record usually shows, on the inputs' scale; shape (batch,).

        That of the week where it is known, or of the day, or else 0, the mean of the key. The far forecast is relative
        to it.
        """
        day, week, week_known = self.inputs[:, 17], self.inputs[:, 20], self.inputs[:, 22]
        usual: Float32 = week + (1 - week_known) * day
        return usual
