"""Points of many series come back series by series, in their order, and memory does not grow with their number."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np

from training.fit.data.cleaning import clean
from training.fit.data.point_store import N_CHUNK, Spool
from training.fit.data.series import Series


def test_the_points_of_each_series_come_back_in_the_order_in_which_they_were_read(tmp_path: Path) -> None:
    spool, rng = Spool(tmp_path), np.random.default_rng(0)
    numbers = rng.integers(0, 5, 3 * N_CHUNK // 2).astype(np.int32)
    times, values = rng.integers(0, 10**12, len(numbers)), rng.normal(size=len(numbers))
    for name in "abcde":
        spool.number(name)
    for row in range(100):
        spool.add(int(numbers[row]), int(times[row]), float(values[row]))
    spool.add_all(numbers[100:], times[100:], values[100:])
    for number, pieces in spool.finish().chunks():
        found = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        np.testing.assert_array_equal(found[0], times[numbers == number])
        np.testing.assert_array_equal(found[1], values[numbers == number])


def test_what_a_killed_reader_left_is_not_read_again(tmp_path: Path) -> None:
    Spool(tmp_path).add_all(np.array([0], np.int32), np.array([1]), np.array([1.0]))
    spool = Spool(tmp_path)
    spool.add(spool.number("s"), 2, 2.0)
    assert spool.finish().counts.tolist() == [1]


def test_memory_stays_small_whatever_the_number_of_points(tmp_path: Path) -> None:
    n_batches = 30
    tracemalloc.start()
    try:
        spool = Spool(tmp_path)
        numbers = np.arange(N_CHUNK, dtype=np.int32) % 3
        for name in "abc":
            spool.number(name)
        for batch in range(n_batches):
            spool.add_all(numbers, np.arange(N_CHUNK) + batch * N_CHUNK, np.ones(N_CHUNK))
        cleaned = [clean(pieces, n_most=10_000) for _, pieces in spool.finish().chunks()]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [len(each.values) for each in cleaned] == [10_000] * 3
    assert peak < n_batches * N_CHUNK * 16 / 2  # the values and times alone would be twice as much


def test_of_too_many_series_whole_ones_are_chosen_by_the_seed(tmp_path: Path) -> None:
    counts = np.full(10, 1_000)
    series = Series(tmp_path / "none", [f"s{i}" for i in range(10)], np.arange(10) * 1_000, counts)
    chosen = series.choose(seed=1, n_most=3_500)
    assert len(chosen) == 3
    assert chosen.names == series.choose(seed=1, n_most=3_500).names
    assert chosen.names != series.choose(seed=2, n_most=3_500).names


def test_one_series_is_used_even_if_it_alone_is_too_long(tmp_path: Path) -> None:
    series = Series(tmp_path / "none", ["s"], np.zeros(1, np.int64), np.array([1_000]))
    assert len(series.choose(seed=1, n_most=10)) == 1
