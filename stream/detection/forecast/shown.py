"""What is shown to a forecaster: records of some keys, and the scale they are seen in."""

from __future__ import annotations

from typing import NamedTuple

from stream.detection.arrays import Float32, Int64, Records


class Shown(NamedTuple):
    """Records of some keys, one or several of each, in their order.

    Attributes
    ----------
    slots : int64, shape (keys,)
        Distinct.
    lengths : int64, shape (keys,)
        Records of each, at least 1.
    rows : int64, shape (records,)
        Where they stand in the batch, key by key.
    inputs : float32, shape (batch, 26)
        Of all records of the batch, within plus and minus 8; see `stream.detection.scoring.features`.
    step_records : structured array of `STEP_RECORD`, shape (batch,)
        What is known of the first record of each key, among others.
    """

    slots: Int64
    lengths: Int64
    rows: Int64
    inputs: Float32
    step_records: Records
