"""The sweep: the threshold that scores best, found on the very files that are scored, as NAB's own optimiser does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Float64
from training.evaluation.nab.corpus import File
from training.evaluation.nab.protocol import PROFILES, Profile
from training.evaluation.nab.scoring.confusion import OUTSIDE, Confusion, LabelWeights

PERIODS = np.array([0.1, 0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0])
"""Rows between two alarms, over those of the file's probation."""


class Best(NamedTuple):
    """The best of many thresholds."""

    threshold: float
    score: float
    tally: Confusion
    """At this threshold."""


def best(thresholds: Float64, tally: Confusion, profile: Profile) -> Best:
    """Choose the threshold whose score is highest, the highest threshold of equals.

    Parameters
    ----------
    thresholds : float64, shape (thresholds,)
    tally : Confusion
        At these thresholds, of files of which at least one has a labelled window.
    """
    scores = tally.score(profile)
    number = int(np.lexsort((thresholds, scores))[-1])
    return Best(float(thresholds[number]), float(scores[number]), tally.at(number))


def every_threshold(markings: list[LabelWeights], scores: list[Float64]) -> tuple[Float64, Confusion]:
    """Count, at every score that occurs, the rows that score at least as much: each of them is an alarm.

    Parameters
    ----------
    scores : list of float64, shape (rows,)
        Of the same files.

    Returns
    -------
    thresholds : float64, shape (thresholds,)
        Falling.
    tally : Confusion
        At these thresholds.
    """
    counted = [weights.place >= OUTSIDE for weights in markings]
    steps = [_steps(weights, scores_, rows) for weights, scores_, rows in zip(markings, scores, counted, strict=True)]
    score, found, false, earned, lost = (np.concatenate(columns) for columns in zip(*steps, strict=True))
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    total = [np.cumsum(column[order])[last] for column in (found, false, earned, lost)]
    tally = Confusion(
        n_windows=sum(weights.n_windows for weights in markings),
        n_rows=len(score),
        n_alarms=last + 1,
        n_found=total[0],
        n_false=total[1],
        earned=total[2],
        lost=total[3],
    )
    return score[order][last], tally


def _steps(weights: LabelWeights, scores: Float64, counted: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return what each row adds when the threshold falls to its score: score, found, false, earned, lost."""
    outside = weights.place == OUTSIDE
    found, earned = np.zeros(len(scores), np.int64), np.zeros(len(scores))
    for number in range(weights.n_windows):
        rows = np.flatnonzero(weights.place == number)
        falling = rows[np.argsort(-scores[rows], kind="stable")]
        found[falling[0]] = 1
        earned[falling] = np.diff(np.maximum.accumulate(weights.worth[falling]), prepend=0.0)
    lost = np.where(outside, weights.worth, 0.0)
    return tuple(column[counted] for column in (scores, found, outside.astype(np.int64), earned, lost))


def best_clock(files: Sequence[File]) -> dict[str, Best]:
    """Find the period that scores best, for each profile by its name; the threshold is the period."""
    tally = Confusion.sum(_ticks(file) for file in files)
    return {profile.name: best(PERIODS, tally, profile) for profile in PROFILES}


def _ticks(file: File) -> Confusion:
    n_probation = file.n_probation
    waited = np.arange(file.n_rows) - n_probation
    alarms = np.stack([(waited >= 0) & (waited % max(1, round(period * n_probation)) == 0) for period in PERIODS])
    return Confusion.of(LabelWeights.of(file), np.arange(file.n_rows), alarms)
