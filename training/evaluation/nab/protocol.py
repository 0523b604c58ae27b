"""NAB's protocol: what an alarm is worth by where it is, and what a score is made of.

A. Lavin and S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms - the Numenta Anomaly Benchmark", ICMLA 2015,
doi:10.1109/ICMLA.2015.141, and the scoring of NAB v1.1 where the paper leaves a choice (the constants below).

Of each labelled window only the earliest alarm counts. With y its place relative to the window's end, -1 at the first
row and 0 behind the last, it earns A_tp * sigma(y) / sigma(-1), where

    sigma(y) = 2 / (1 + exp(5 y)) - 1.

A window without an alarm costs A_fn. Every alarm outside of windows costs A_fp * -sigma(y), y being the rows since
the end of the last window over its length less one: little right behind a window, all of A_fp from three lengths on
and where there is no window before it. Alarms in the probation, the first 15 % of a file and at most 750 rows, count
for nothing. The weights (A_tp, A_fp, A_fn) are a profile. The sum over all files is placed between that of a detector
that never alarms, 0, and that of one that is right at the first row of each window and nowhere else, 100.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64

PROBATION = 0.15
"""Share of a file's rows in which nothing counts."""

LONGEST_PROBATION = 750
"""Rows: 15 % of 5,000."""

STEEPNESS = 5.0
FAR = 3.0
"""Lengths of a window behind its end from which on a false alarm costs its full weight."""


class Profile(NamedTuple):
    """What someone cares about."""

    name: str
    true_positive: float
    false_positive: float
    false_negative: float
    """The weights; the first of a window found at its first row, the second of an alarm far from any window, the third
    of a window missed."""


PROFILES = (
    Profile("standard", 1.0, 0.11, 1.0),
    Profile("reward_low_FP_rate", 1.0, 0.22, 1.0),
    Profile("reward_low_FN_rate", 1.0, 0.11, 2.0),
)


def probation(n_rows: int) -> int:
    """Count the rows at the start of a file in which nothing counts."""
    return min(int(PROBATION * n_rows), LONGEST_PROBATION)


def sigma(place: Float64 | float) -> Float64:
    """Return what an alarm is worth, 1 to -1, by its place relative to a window's end in lengths of the window."""
    near: Float64 = 2 / (1 + np.exp(STEEPNESS * np.minimum(place, FAR))) - 1
    return np.where(place > FAR, -1.0, near)
