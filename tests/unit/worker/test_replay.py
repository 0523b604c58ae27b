"""A replay changes nothing twice, and neither a crash nor the cut of a fetch changes anything at all."""

from __future__ import annotations

import pytest

from tests.unit.worker.scoring import JUMP_AT, applied, jump, make_scorer, restarted


def test_a_replay_of_what_the_state_has_seen_changes_nothing_and_says_nothing() -> None:
    processor, metrics = make_scorer()
    applied(processor, jump())
    before = list(processor.keys.snapshot())
    again = applied(processor, jump())
    assert again.messages == []
    assert again.records == []
    assert list(processor.keys.snapshot()) == before
    assert metrics.replayed._value.get() == len(jump())


def test_a_crash_between_checkpoints_repeats_the_same_events_and_ends_in_the_same_state() -> None:
    whole, _ = make_scorer()
    undisturbed = applied(whole, jump())
    first, _ = make_scorer()
    applied(first, jump()[:70])
    second = restarted(first, make_scorer()[0])
    applied(first, jump()[70:110])
    repeated = applied(second, jump()[70:])
    assert repeated.messages == undisturbed.messages
    assert list(second.keys.snapshot()) == list(whole.keys.snapshot())


@pytest.mark.parametrize("cut", [1, 37, JUMP_AT, JUMP_AT + 1, JUMP_AT + 5])
def test_where_a_fetch_is_cut_changes_nothing(cut: int) -> None:
    whole, _ = make_scorer()
    in_one = applied(whole, jump())
    pieces, _ = make_scorer()
    in_two = [*applied(pieces, jump()[:cut]).messages, *applied(pieces, jump()[cut:]).messages]
    assert in_two == in_one.messages
    assert list(pieces.keys.snapshot()) == list(whole.keys.snapshot())
