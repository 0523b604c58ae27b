"""Bitmaps find the nearest bin as a search over all bins does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.detection.bitmap import NONE, WORD, nearest, packed, unpacked
from stream.detection.record import UInt64

words = st.integers(0, 2**WORD - 1) | st.integers(0, WORD - 1).map(lambda bit: 2**bit)
places = st.floats(-200, 300, allow_subnormal=False)


def one(word: int) -> UInt64:
    return np.array([word], np.uint64)


@given(word=words, place=places)
def test_the_nearest_bin_is_the_one_a_search_finds(word: int, place: float) -> None:
    bits = [bit for bit in range(WORD) if word >> bit & 1]
    found = nearest(one(word), np.array([place]))[0]
    if bits:
        assert found == min(abs(place - 0.5 - bit) for bit in bits)
    else:
        assert found > NONE


@given(word=words)
def test_bins_packed_again_are_the_same_words(word: int) -> None:
    bins = unpacked(one(word))
    assert [int(bit) for bit in bins] == [word >> bit & 1 for bit in range(WORD)]
    assert packed(bins)[0] == word
