"""Points of many series come back series by series, in their order, and memory does not grow with their number."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np

from training.fit.data.audit import clean
from training.fit.data.point_store import N_CHUNK, PointWriter
from training.fit.data.series import Series


def test_the_points_of_each_series_come_back_in_the_order_in_which_they_were_read(tmp_path: Path) -> None:
    writer, rng = PointWriter(tmp_path), np.random.default_rng(0)
    numbers = rng.integers(0, 5, 3 * N_CHUNK // 2).astype(np.int32)
    times, values = rng.integers(0, 10**12, len(numbers)), rng.normal(size=len(numbers))
    for name in "abcde":
        writer.number(name)
    for start in range(0, len(numbers), 1000):
        part = slice(start, start + 1000)
        for number in range(5):
            chosen = numbers[part] == number
            writer.add(number, times[part][chosen].tolist(), values[part][chosen].tolist())
    for number, pieces in writer.finish().chunks():
        found = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        np.testing.assert_array_equal(found[0], times[numbers == number])
        np.testing.assert_array_equal(found[1], values[numbers == number])


def test_what_a_killed_reader_left_is_not_read_again(tmp_path: Path) -> None:
    killed = PointWriter(tmp_path)
    killed.add(killed.number("s"), range(N_CHUNK), [1.0] * N_CHUNK)
    assert killed.n_points == N_CHUNK
    writer = PointWriter(tmp_path)
    writer.add(writer.number("s"), [2], [2.0])
    assert writer.finish().counts.tolist() == [1]


def test_memory_stays_small_whatever_the_number_of_points(tmp_path: Path) -> None:
    n_batches = 30
    tracemalloc.start()
    try:
        writer = PointWriter(tmp_path)
        for batch in range(n_batches):
            times = range(batch * N_CHUNK, (batch + 1) * N_CHUNK, 3)
            for name in "abc":
                writer.add(writer.number(name), times, [1.0] * len(times))
        cleaned = [clean(pieces, n_most=10_000) for _, pieces in writer.finish().chunks()]
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
