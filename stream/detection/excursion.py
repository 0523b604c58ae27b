"""Excursions: how far a quantity has ever strayed from 0, learned only when it has come back.

While it is away nothing is learned, so that an excursion cannot raise the bar that it is held against; what came back
and was no more than a little over the bar does not alarm a second time.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.constant import ONE, ZERO, single
from stream.detection.record import Float32

USUAL: Final = single(1.2)
"""How many times farther than ever before is too far."""

BACK: Final = single(0.5)
"""Part of the boundary below which an excursion has ended."""

LEARNED: Final = single(1.2)
"""Boundaries that one excursion counts at most: a disaster does not make a key deaf."""

FORGOTTEN: Final = single(5e-5)
"""Part of the farthest excursion that is forgotten in a far forecast's step: half in seven weeks of 5 minutes."""


def boundary(highest: Float32, least: Float32) -> Float32:
    """Say how far is too far, for keys whose farthest excursions were `highest`; shape (batch,)."""
    limit: Float32 = np.maximum(least, USUAL * highest)
    return limit


def follow(highest: Float32, peak: Float32, off: Float32, limit: Float32, rate: Float32) -> None:
    """Take a record into the excursions of its key.

    Parameters
    ----------
    highest, peak : float32, shape (batch,)
        The farthest excursion that has ended, and the top of the one that lasts; both are moved in place.
    off : float32, shape (batch,)
        How far the quantity is from 0 now.
    limit : float32, shape (batch,)
        The boundary, from `boundary`.
    rate : float32, shape (batch,)
        Part of a far forecast's step that a record takes, at most 1.
    """
    np.maximum(peak, off, out=peak)
    ended = off < BACK * limit
    kept = highest * (ONE - FORGOTTEN * rate)
    np.copyto(highest, np.maximum(kept, np.minimum(peak, LEARNED * limit)), where=ended)
    np.copyto(peak, ZERO, where=ended)
