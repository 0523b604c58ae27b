"""Adaptive threshold from the largest excursions so far.

While it is away nothing is learned, so that an excursion cannot raise the bar that it is held against; what came back
and was no more than a little over the bar does not alarm a second time.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from stream.detection.compiler.stage import compiled

USUAL: Final = np.float32(1.3)
"""How many times farther than ever before is too far."""

BACK: Final = np.float32(0.5)
"""Part of the boundary below which an excursion has ended."""

LEARNED: Final = np.float32(1.2)
"""Boundaries that one excursion counts at most: a disaster does not make a key deaf."""

FORGOTTEN: Final = np.float32(5e-5)
"""Part of the farthest excursion that is forgotten in a far forecast's step: half in seven weeks of 5 minutes."""

NONE: Final = np.float32(0)
ALL: Final = np.float32(1)


class Excursion(NamedTuple):
    """What is known of the excursions of a key."""

    highest: np.float32
    """The farthest that has ended."""
    peak: np.float32
    """The top of the one that lasts."""


@compiled
def limit_of(highest: np.float32, least: np.float32) -> np.float32:
    """Return the limit for a key with this highest excursion."""
    return max(least, USUAL * highest)


@compiled
def updated_excursion(known: Excursion, off: np.float32, limit: np.float32, rate: np.float32) -> Excursion:
    """Take a record into the excursions of its key.

    Parameters
    ----------
    off : float32
        How far the quantity is from 0 now.
    limit : float32
        The boundary, from `limit_of`.
    rate : float32
        Part of a far forecast's step that a record takes, at most 1.
    """
    peak = max(known.peak, off)
    if off >= BACK * limit:
        return Excursion(known.highest, peak)
    kept = known.highest * (ALL - FORGOTTEN * rate)
    return Excursion(max(kept, min(peak, LEARNED * limit)), NONE)
