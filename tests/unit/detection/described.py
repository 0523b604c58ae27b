"""Described records made by hand, for tests of the stages that hear them."""

from __future__ import annotations

import numpy as np

from stream.detection.described import Described
from stream.detection.record import N_INPUTS
from stream.detection.scale import Scale

ALWAYS = np.array([0])
"""The one slot of a state."""


def described(
    value: float = 0.0,
    *,
    stride: int = 1,
    day: bool = True,
    week: bool = True,
    familiar: bool = True,
    sure: bool = True,
    usual_change: float = 1.0,
    usual: float = 0.0,
) -> Described:
    """Describe one record of one key whose mean is 0 and whose deviation is 1."""
    one = np.ones(1, np.float32)
    return Described(
        inputs=np.zeros((1, N_INPUTS), np.float32),
        value=value * one,
        usual=usual * one,
        scale=Scale(0 * one, one, 0 * one, one),
        octave=np.array([stride.bit_length() - 1]),
        place=np.zeros(1, np.int64),
        rhythm=np.array([[day], [week]]),
        familiar=np.array([familiar]),
        sure=np.array([sure]),
        usual_change=usual_change * one,
    )
