"""Plan and load of a campaign: the same for the same seed."""

from __future__ import annotations

from itertools import islice, pairwise

from tests.faults.inflict import CLUSTER_FAULTS, FAULTS
from tests.faults.load.rounds import POISON_MESSAGES, Load
from tests.faults.plan import make_plan


def test_a_seed_makes_one_plan_and_another_seed_another_one() -> None:
    assert make_plan(5, 10, FAULTS) == make_plan(5, 10, FAULTS)
    assert make_plan(5, 10, FAULTS).steps != make_plan(6, 10, FAULTS).steps


def test_a_longer_campaign_of_a_seed_begins_as_a_shorter_one() -> None:
    short, long = make_plan(5, 2, FAULTS), make_plan(5, 10, FAULTS)
    assert 5 < len(short.steps) < len(long.steps)
    assert long.steps[: len(short.steps)] == short.steps


def test_every_fault_comes_before_any_comes_again() -> None:
    for faults in (FAULTS, CLUSTER_FAULTS):
        n = sum(fault.weight for fault in faults.values())
        assert {step.fault for step in make_plan(5, 20, faults).steps[:n]} == set(faults)


def test_a_seed_makes_one_load() -> None:
    one, again, other = (list(islice(Load(seed).rounds(), 20)) for seed in (5, 5, 6))
    assert one == again
    assert one != other


def test_the_load_has_holes_repeats_late_points_poison_and_new_series() -> None:
    rounds = list(islice(Load(5).rounds(), 60))
    messages = [message for each in rounds for message in each.points]
    poison = set(POISON_MESSAGES)
    assert any(message in poison for message in messages)
    keys = [[key for key, _ in each.points if key] for each in rounds]
    assert len(set(keys[-1])) > len(set(keys[0]))
    assert any(len(set(of_round)) < len(of_round) for of_round in keys)
    assert any(set(before) - set(after) for before, after in pairwise(keys))
