"""The null: what a clock scores that raises an alarm every so often and never looks at the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.scoring.confusion import Confusion
from training.evaluation.nab.scoring.label_weights import LabelWeights
from training.evaluation.nab.scoring.sweep import Best, best

PERIODS = np.array([0.1, 0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0])
"""Rows between two alarms, over those of the file's probation."""


def best_clock(files: Sequence[File]) -> dict[str, Best]:
    """Find the period that scores best, for each profile by its name; the threshold is the period."""
    tally = Confusion.sum(_ticks(file) for file in files)
    return {profile.name: best(PERIODS, tally, profile) for profile in PROFILES}


def _ticks(file: File) -> Confusion:
    n_probation = file.n_probation
    waited = np.arange(file.n_rows) - n_probation
    alarms = np.stack([(waited >= 0) & (waited % max(1, round(period * n_probation)) == 0) for period in PERIODS])
    return Confusion.of(LabelWeights.of(file), np.arange(file.n_rows), alarms)
