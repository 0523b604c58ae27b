"""The sweep: the threshold that scores best, found on the very files that are scored, as NAB's own optimiser does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.state.layout import Float64
from training.evaluation.nab.protocol import Profile
from training.evaluation.nab.scoring.confusion import Tally
from training.evaluation.nab.scoring.label_weights import OUTSIDE, Marking


class Best(NamedTuple):
    """The best of many thresholds.

    Attributes
    ----------
    threshold, score : float
    tally : Tally
        At this threshold.
    """

    threshold: float
    score: float
    tally: Tally


def best(thresholds: Float64, tally: Tally, profile: Profile) -> Best:
    """Choose the threshold whose score is highest, the highest threshold of equals.

    Parameters
    ----------
    thresholds : float64, shape (thresholds,)
    tally : Tally
        At these thresholds, of files of which at least one has a labelled window.
    profile : Profile
    """
    scores = tally.score(profile)
    number = int(np.lexsort((thresholds, scores))[-1])
    return Best(float(thresholds[number]), float(scores[number]), tally.at(number))


def every_threshold(markings: list[Marking], scores: list[Float64]) -> tuple[Float64, Tally]:
    """Count, at every score that occurs, the rows that score at least as much: each of them is an alarm.

    Parameters
    ----------
    markings : list of Marking
    scores : list of float64, shape (rows,)
        Of the same files.

    Returns
    -------
    thresholds : float64, shape (thresholds,)
        Falling.
    tally : Tally
        At these thresholds.
    """
    counted = [marking.place >= OUTSIDE for marking in markings]
    steps = [_steps(marking, scores_, rows) for marking, scores_, rows in zip(markings, scores, counted, strict=True)]
    score, found, false, earned, lost = (np.concatenate(columns) for columns in zip(*steps, strict=True))
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    total = [np.cumsum(column[order])[last] for column in (found, false, earned, lost)]
    tally = Tally(
        n_windows=sum(marking.n_windows for marking in markings),
        n_rows=len(score),
        n_alarms=last + 1,
        n_found=total[0],
        n_false=total[1],
        earned=total[2],
        lost=total[3],
    )
    return score[order][last], tally


def _steps(marking: Marking, scores: Float64, counted: np.ndarray) -> tuple[np.ndarray, ...]:
    """Say what each row adds when the threshold falls to its score: score, found, false, earned, lost."""
    outside = marking.place == OUTSIDE
    found, earned = np.zeros(len(scores), np.int64), np.zeros(len(scores))
    for number in range(marking.n_windows):
        rows = np.flatnonzero(marking.place == number)
        falling = rows[np.argsort(-scores[rows], kind="stable")]
        found[falling[0]] = 1
        earned[falling] = np.diff(np.maximum.accumulate(marking.worth[falling]), prepend=0.0)
    lost = np.where(outside, marking.worth, 0.0)
    return tuple(column[counted] for column in (scores, found, outside.astype(np.int64), earned, lost))
