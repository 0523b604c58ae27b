"""Bitmaps are sets of bins, in which the nearest one is found as a search over all bins does."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.arrays import UInt64
from stream.detection.kernel.bitmap import WORD, add, count, has, is_empty, nearest

N_WORDS = 3
N_BINS = N_WORDS * WORD

few = st.sets(st.integers(0, N_BINS - 1), max_size=4)
many = st.integers(0, 2**N_BINS - 1).map(lambda bits: {bin_ for bin_ in range(N_BINS) if bits >> bin_ & 1})
bins = few | many
places = st.floats(-200, N_BINS + 200, allow_subnormal=False)


def bitmap(bins: set[int]) -> UInt64:
    """Put bins into words one by one."""
    words = np.zeros(N_WORDS, np.uint64)
    for bin_ in bins:
        add(words, bin_)
    return words


def away(bins: set[int], place: float) -> float:
    """Measure the way to the nearest bin of a set by a search over all of them."""
    return min((abs(place - 0.5 - bin_) for bin_ in bins), default=math.inf)


@given(bins)
def test_a_set_has_the_bins_that_were_added(bins: set[int]) -> None:
    words = bitmap(bins)
    assert {bin_ for bin_ in range(N_BINS) if has(words, bin_)} == bins
    assert is_empty(words) == (not bins)


@given(bins)
def test_a_bin_is_the_bit_of_its_number(bins: set[int]) -> None:
    assert int.from_bytes(bitmap(bins).tobytes(), "little") == sum(1 << bin_ for bin_ in bins)


@given(bins, bins)
def test_a_bin_in_both_sets_counts_once(one: set[int], other: set[int]) -> None:
    assert count(bitmap(one), bitmap(other)) == len(one | other)


@given(bins, bins, places)
def test_the_nearest_bin_of_two_sets_is_the_one_a_search_finds(one: set[int], other: set[int], place: float) -> None:
    assert nearest(bitmap(one), bitmap(other), place, math.inf) == away(one | other, place)


@given(few.filter(bool), few, st.floats(0, N_BINS), st.floats(1e-6, 0.5))
def test_whatever_is_nearer_than_the_limit_is_found(one: set[int], other: set[int], place: float, more: float) -> None:
    expected = away(one | other, place)
    assert nearest(bitmap(one), bitmap(other), place, expected + more) == expected
    assert nearest(bitmap(one), bitmap(other), place, expected - more) >= expected
