"""Scores and episodes of a file, read from the topics and put back into its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import UNSET

from stream.detection.arrays import Float64, Int64
from stream.errors import StreamgaugeError
from stream.events.episodes import EpisodeEvent, ScoredPoint, Severity
from training.evaluation.nab.backtest import ScoredFile, fresh_rows
from training.evaluation.nab.corpus import File

COLUMNS = ("score", "expected", "lower", "upper")

PAGING_REASONS = ("worse", "again", "different")
"""Reasons of an update that calls a person."""


def scored_file_of(file: File, scores: Sequence[ScoredPoint], episodes: Sequence[EpisodeEvent]) -> ScoredFile:
    """Put scores and events of episodes into the rows of their file.

    Parameters
    ----------
    scores : sequence of ScoredPoint
        Of this series, in the order of the topic.
    episodes : sequence of EpisodeEvent
        Events of this series, in the order of the topic.

    Raises
    ------
    StreamgaugeError
        If the scores are not about the rows that were sent, each once and in their order.
    """
    rows = fresh_rows(file)
    sent = list(zip(file.timestamps_ms[rows].tolist(), file.values[rows].tolist(), strict=True))
    if [(score.timestamp, score.value) for score in scores] != sent:
        raise StreamgaugeError(
            f"{file.name}: expected the scores of {len(sent):,} points in their order, found {len(scores):,} of others"
        )
    columns = np.full((len(COLUMNS), file.n_rows), np.nan)
    for column, name in zip(columns, COLUMNS, strict=True):
        column[rows] = [np.nan if (value := getattr(score, name)) is None else value for score in scores]
    row_of = {timestamp_ms: row for (timestamp_ms, _), row in zip(sent, rows.tolist(), strict=True)}
    opened = [row_of[event.timestamp] for event in episodes if event.state == "open"]
    last = {event.episode: event for event in episodes}.values()  # It counts: a relapse reopens an episode.
    paged = [row_of[event.timestamp] for event in episodes if event.state == "open" or event.reason in PAGING_REASONS]
    return ScoredFile.of(
        file,
        columns,
        opened=opened,
        ended_ms=[event.end for event in last if isinstance(event.end, int)],
        severities=[event.severity if event.peak_severity is UNSET else event.peak_severity for event in last],
        paged=paged,
    )


def n_different(some: ScoredFile, others: ScoredFile) -> int:
    """Count the rows in which two differ, to the bit."""
    pairs = [(getattr(some, name), getattr(others, name)) for name in COLUMNS]
    differs = np.any([_bits(left) != _bits(right) for left, right in pairs], axis=0)
    marks = [np.setxor1d(getattr(some, name), getattr(others, name)) for name in ("opened", "closed", "paged")]
    differs[np.concatenate(marks)] = True
    differs[[row for row, _ in _severities(some) ^ _severities(others)]] = True
    return int(np.count_nonzero(differs))


def _severities(evaluated: ScoredFile) -> set[tuple[int, Severity]]:
    """Return the rows at which episodes open, and how bad each became."""
    return set(zip(evaluated.opened.tolist(), evaluated.severities, strict=False))


def _bits(values: Float64) -> Int64:
    """Return the bits of numbers, of which all that are none are alike."""
    return np.where(np.isnan(values), np.nan, values).view(np.int64)
