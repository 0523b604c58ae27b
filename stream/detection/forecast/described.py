"""A described record: what the forecaster sees of it."""

from __future__ import annotations

from typing import NamedTuple

from stream.detection.state.layout import Float32, Int64, Records


class Described(NamedTuple):
    """Records as the forecaster sees them, with their scale."""

    inputs: Float32
    """Shape (batch, 26), C-contiguous, within plus and minus 8; see `stream.detection.scoring.features`."""
    judgements: Records
    """What is known of them so far, a `JUDGEMENT` each; shape (batch,)."""

    def of(self, rows: Int64) -> Described:
        """Take some records of the batch."""
        return Described(self.inputs[rows], self.judgements[rows])

    @property
    def centre(self) -> Float32:
        """Slow mean of the values less x0; shape (batch,)."""
        centre: Float32 = self.judgements["centre"]
        return centre

    @property
    def spread(self) -> Float32:
        """Scale of the inputs, > 0, in the metric's unit; shape (batch,)."""
        spread: Float32 = self.judgements["spread"]
        return spread

    @property
    def usual(self) -> Float32:
        """Seasonal mean of the far record, scaled; shape (batch,)."""
        usual: Float32 = self.judgements["usual"]
        return usual
