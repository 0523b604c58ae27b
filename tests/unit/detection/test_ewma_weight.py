"""Ages: what depends on the number of a key's records alone."""

from __future__ import annotations

import numpy as np

from stream.detection.kernel.age import ewma_weight, n_in_window


def test_the_first_records_of_a_mean_weigh_alike() -> None:
    mean = 0.0
    for t, value in enumerate([4.0, 8.0, 6.0]):
        mean += float(ewma_weight(t, 10.0)) * (value - mean)
    assert mean == 6


def test_later_ones_weigh_a_share_of_what_is_remembered() -> None:
    assert {ewma_weight(t, 10.0) for t in (9, 10, 99, 10**9)} == {np.float32(0.1)}
    assert ewma_weight(98, 100.0) > ewma_weight(99, 100.0) == ewma_weight(10**9, 100.0) == np.float32(0.01)


def test_a_window_fills_up_and_stays_full() -> None:
    assert [n_in_window(t, 3) for t in (0, 1, 2, 3, 4, 10**9)] == [1, 2, 3, 3, 3, 3]
