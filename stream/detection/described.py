"""A described record: what the forecaster sees of it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.record import OUTLOOK, Bool, Float32, Int64
from stream.detection.scale import Scale

MOST_OCTAVES: Final = 9
"""A stride is 512 records at most."""

STRIDES: Final = 2 ** np.arange(MOST_OCTAVES + 1)
REACHES: Final = OUTLOOK * STRIDES - (STRIDES - 1) // 2
"""Records that a far forecast looks ahead."""

RATES: Final = (1 / STRIDES).astype(np.float32)


class Described(NamedTuple):
    """A record as the forecaster sees it, and the scale it is seen in."""

    inputs: Float32
    """Shape (batch, 26), C-contiguous, within plus and minus 8; see `inputs`."""
    value: Float32
    """Input 0; shape (batch,)."""
    usual: Float32
    """What the moment of the far record usually shows, on the inputs' scale; shape (batch,).

    That of the week where it is known, or of the day, or else 0, the mean of the key. The far forecast is relative to
    it.
    """
    scale: Scale
    octave: Int64
    """From one far forecast to the next it is 2 to this power of records; shape (batch,)."""
    place: Int64
    """Where, of the far forecasts that wait, that for this record stands and its own will; shape (batch,)."""
    rhythm: Bool
    """Whether the profiles of the day and of the week are of use; shape (2, batch)."""
    familiar: Bool
    """Whether this hour of the week has been seen before; shape (batch,)."""
    sure: Bool
    """Whether it is known what the moment of the far record shows; shape (batch,)."""
    usual_change: Float32
    """Usual change from record to record in this hour of the day, 0 if not known; shape (batch,)."""

    def of(self, rows: Int64) -> Described:
        """Take some records of the batch."""
        scale = Scale(*(column[rows] for column in self.scale))
        own = self._replace(scale=scale, rhythm=self.rhythm[:, rows])
        batched = ("inputs", "value", "usual", "octave", "place", "familiar", "sure", "usual_change")
        return own._replace(**{name: getattr(self, name)[rows] for name in batched})

    @property
    def stride(self) -> Int64:
        """Records from one far forecast to the next; shape (batch,)."""
        return STRIDES.take(self.octave)

    @property
    def reach(self) -> Int64:
        """Records from this one to the far one, the middle of those that the far forecast is held against."""
        return REACHES.take(self.octave)

    @property
    def rate(self) -> Float32:
        """Part of the way from one far forecast to the next that a record is; shape (batch,)."""
        return RATES.take(self.octave)
