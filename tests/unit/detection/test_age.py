"""Ages: what depends on the number of a key's records alone."""

from __future__ import annotations

import numpy as np

from stream.detection.age import OLDEST, age, counts, weights


def test_the_first_records_of_a_mean_weigh_alike() -> None:
    mean = 0.0
    for t, value in enumerate([4.0, 8.0, 6.0]):
        mean += float(weights(10)[0, t]) * (value - mean)
    assert mean == 6


def test_later_ones_weigh_a_share_of_what_is_remembered() -> None:
    slow, fast = weights(100, 10)
    assert (fast[9:] == np.float32(0.1)).all()
    assert (slow[99:] == np.float32(0.01)).all()
    assert slow[98] > slow[99]


def test_a_window_fills_up_and_stays_full() -> None:
    assert counts(3)[0, :5].tolist() == [1, 2, 3, 3, 3]


def test_no_key_grows_older_than_the_tables_are_long() -> None:
    places = age(np.array([0, 7, OLDEST, 10**9]))
    assert places.tolist() == [0, 7, OLDEST, OLDEST]
    assert counts(3).shape[1] == weights(3).shape[1] == OLDEST + 1
