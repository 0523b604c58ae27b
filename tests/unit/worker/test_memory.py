"""Memory that is provided before it is written to."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator

import numpy as np
import pytest

from stream.worker.observability.memory import collect_seldom, give_back, populate_ahead

N_BYTES, PAGE = 16 << 20, 4096


def n_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_pages_that_were_populated_ahead_are_there_when_they_are_written_to() -> None:
    array = np.zeros(N_BYTES, np.uint8)
    array[:PAGE] = 7
    populate_ahead([array, array[:1]]).result()
    before = n_faults()
    array[PAGE::PAGE] = 1
    assert n_faults() - before < 4
    assert array[:PAGE].tolist() == [7] * PAGE


def test_what_is_given_back_is_zero_and_what_lies_beside_it_stays() -> None:
    array = np.full(N_BYTES, 7, np.uint8)
    given_back = array[PAGE // 2 : N_BYTES - PAGE // 2]
    give_back([given_back, array[1:2]])
    assert np.count_nonzero(array == 0) >= N_BYTES - 3 * PAGE
    assert (array[: PAGE // 2] == 7).all()
    assert (array[N_BYTES - PAGE // 2 :] == 7).all()


@pytest.fixture
def usual_collections() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("usual_collections")
def test_garbage_is_not_looked_for_within_a_fetch_but_is_after_some() -> None:
    collect_seldom()
    gc.collect()
    before = n_collections()
    fetch = [[n] for n in range(40_000)]
    assert n_collections() == before
    others = [[n] for n in range(100_000)]
    assert n_collections() > before
    assert len(fetch) < len(others)


def n_collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())
