"""Episodes are held against NAB's labels."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Int64
from training.book.episodes import Episodes, against, of_windows, since
from training.book.reconstruction import WindowResults
from training.book.series import NabSeries


def spans(*pairs: tuple[int, int]) -> Int64:
    return np.array(pairs, np.int64).reshape(-1, 2)


def made(n_points: int, labels_ms: Int64) -> NabSeries:
    """Return a series with a point a second."""
    return NabSeries("made", "made.csv", np.arange(n_points) * 1000, np.zeros(n_points), 0, 0, labels_ms)


def windows(flagged: list[bool], labels_ms: Int64, since_ms: int = 0) -> Episodes:
    """Score windows of 4 points, one every 4 points, a point a second."""
    blank = np.zeros((len(flagged), 4, 1), np.float32)
    window_results = WindowResults(np.arange(len(flagged)) * 4, blank, blank, np.zeros(len(flagged)), np.array(flagged))
    return of_windows(made(4 * len(flagged), labels_ms), window_results, since_ms)


def test_an_episode_that_touches_a_label_is_right_and_finds_it() -> None:
    episodes = against(spans((10, 20), (50, 60)), spans((20, 30), (40, 45)))
    assert episodes.right.tolist() == [True, False]
    assert episodes.found.tolist() == [True, False]
    assert episodes.summary() == "1 of 2, 1 false"


def test_silence_is_right_where_nothing_is_labelled() -> None:
    assert against(spans(), spans()).summary() == "no label, quiet"


def test_flagged_windows_in_a_row_are_one_episode_of_all_their_points() -> None:
    episodes = windows([False, True, True, False, True], spans())
    assert episodes.spans_ms.tolist() == [[4000, 11000], [16000, 19000]]


def test_labels_that_end_before_the_judged_part_do_not_count() -> None:
    episodes = windows([False, False, True], spans((0, 3000), (10_000, 12_000)), since_ms=8000)
    assert episodes.found.tolist() == [True]


def test_an_episode_that_ends_before_the_judged_part_does_not_count() -> None:
    episodes = since(made(40, spans((20_000, 25_000))), spans((1000, 2000), (9000, 11_000), (21_000, 22_000)), 10_000)
    assert episodes.spans_ms.tolist() == [[9000, 11_000], [21_000, 22_000]]
    assert episodes.summary() == "1 of 1, 1 false"
