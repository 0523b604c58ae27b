"""A batch: numbers of its keys, taken from the state and put back."""

from __future__ import annotations

import numpy as np

from stream.detection import RECORD, State
from stream.detection.batch import NAMES, Batch, rows_of
from stream.detection.record import Records

CAPACITY = 6
SLOTS = np.array([4, 1, 5])


def random_state() -> State:
    """Give a state whose numbers are all different."""
    state = State(CAPACITY)
    state.numbers[:] = np.random.default_rng(0).normal(size=state.numbers.shape)
    return state


def others(state: State) -> Records:
    return state.pack(np.setdiff1d(np.arange(CAPACITY), SLOTS))


def test_a_batch_has_every_number_of_its_keys_by_name() -> None:
    state = random_state()
    batch = Batch(state, SLOTS)
    for name in NAMES:
        assert getattr(batch, name).shape == (*RECORD[name].shape, len(SLOTS))
        np.testing.assert_array_equal(getattr(batch, name), getattr(state, name)[SLOTS].T)


def test_the_state_learns_of_a_change_when_it_is_put_back() -> None:
    state = random_state()
    batch = Batch(state, SLOTS)
    batch.high[2] = 7
    assert not (state.high[SLOTS, 2] == 7).any()
    batch.put_back()
    assert (state.high[SLOTS, 2] == 7).all()


def test_to_put_back_what_was_taken_changes_nothing() -> None:
    state = random_state()
    before = state.pack(np.arange(CAPACITY))
    Batch(state, SLOTS).put_back()
    assert state.pack(np.arange(CAPACITY)).tobytes() == before.tobytes()


def test_other_keys_are_left_alone() -> None:
    state = random_state()
    before, batch = others(state).tobytes(), Batch(state, SLOTS)
    batch.numbers[:] = 1
    batch.put_back()
    assert others(state).tobytes() == before


def test_what_was_known_before_stays_readable() -> None:
    state = random_state()
    batch = Batch(state, SLOTS)
    batch.centre[:] = 0
    np.testing.assert_array_equal(batch.before[:, rows_of("centre", "centre")][:, 0], state.centre[SLOTS])


def test_fields_that_lie_side_by_side_are_read_as_one() -> None:
    batch = Batch(random_state(), SLOTS)
    np.testing.assert_array_equal(batch.numbers[rows_of("centre", "mean_24")], np.stack([batch.centre, batch.mean_24]))
