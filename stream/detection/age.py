"""The age: what depends on nothing but how many records a key has had is looked up in tables."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.constant import integer
from stream.detection.record import Float32, Int64

OLDEST: Final = 4000
"""Records after which a key grows no older: nothing that is looked up changes any more."""

AGES: Final = np.arange(OLDEST + 1)
_OLDEST: Final = integer(OLDEST)


def age(t: Int64) -> Int64:
    """Give the place in such tables of keys that had t records before; shape (batch,)."""
    return np.minimum(t, _OLDEST)


def weights(*memories: float) -> Float32:
    """Tabulate the weight of the newest record in means that are plain at first and forget after some records.

    Parameters
    ----------
    *memories : float
        Records that each of n means remembers.

    Returns
    -------
    float32, shape (n, ages)
    """
    table: Float32 = np.maximum(1 / (AGES + 1), 1 / np.array(memories)[:, None]).astype(np.float32)
    return table


def counts(*lengths: int) -> Float32:
    """Tabulate how many records, this one included, are in windows of these lengths; float32, shape (n, ages)."""
    table: Float32 = np.minimum(AGES + 1, np.array(lengths)[:, None]).astype(np.float32)
    return table
