"""Windows: scaling, cutting, the ring, the error."""

from __future__ import annotations

import numpy as np

from stream.detection.forecast.windows import Scaling, oldest_first, sliding_windows, window_errors

ROWS = np.arange(20, dtype=np.float32).reshape(10, 2)


def test_windows_start_a_stride_apart_and_a_rest_fills_none() -> None:
    windows = sliding_windows(ROWS, 4, 3)
    assert windows.shape == (3, 4, 2)
    assert [window[0, 0] for window in windows] == [0, 6, 12]
    assert np.array_equal(windows[1], ROWS[3:7])
    assert windows.flags.c_contiguous


def test_a_series_shorter_than_a_window_has_none() -> None:
    assert sliding_windows(ROWS, 11, 1).shape == (0, 11, 2)


def test_scaling_maps_the_range_to_one_and_back() -> None:
    scaling = Scaling(np.array([10.0, 0.0]), np.array([5.0, 2.0]))
    scaled = scaling.scaled(np.array([[10.0, 1.0], [15.0, 2.0]]))
    assert scaled.tolist() == [[0, 0.5], [1, 1]]
    assert scaling.unscaled(scaled).tolist() == [[10.0, 1.0], [15.0, 2.0]]


def test_a_ring_is_read_from_the_oldest_to_the_newest() -> None:
    rings = np.array([[5, 6, 2, 3, 4], [0, 1, 0, 0, 0]], np.float64)
    ordered = oldest_first(rings, np.array([6, 1]))
    assert ordered.tolist() == [[2, 3, 4, 5, 6], [0, 0, 0, 0, 1]]


def test_the_window_error_is_the_norm_over_all_its_numbers() -> None:
    windows = np.array([[[3.0], [0.0]], [[0.0], [0.0]]], np.float32)
    predicted = np.array([[[0.0], [4.0]], [[0.0], [0.0]]], np.float32)
    assert window_errors(windows, predicted).tolist() == [5.0, 0.0]
