"""How keys are treated: what the rules in force decide."""

from __future__ import annotations

from datetime import time

import numpy as np

from stream.detection.policy.maintenance import OneOffWindow, WeeklyWindow
from stream.detection.policy.policy import Direction, SeriesPolicy, Transform
from stream.detection.state.detector_state import DetectorState
from stream.formats.state.envelope import seal
from stream.formats.state.key import feature_key
from stream.settings.rules import Rule
from stream.worker.engine.store import StateRecord
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.policies import PolicyResolver, resolved
from stream.worker.keys.rule_set import RuleSet
from tests.unit.worker.restoring import restore

RATES = (Rule(match="*_total", transform="rate"),)


def with_rules(*rules: Rule, features: tuple[str, ...] = ()) -> tuple[KeyTable, DetectorState]:
    state = DetectorState(4)
    policies = PolicyResolver(features)
    policies.set_rules(0, RuleSet(rules))
    return KeyTable(state, 100, len(features) or 1, policies), state


def transforms(keys: KeyTable, state: DetectorState, *names: bytes) -> list[int]:
    """Admit keys and tell what the rules made of each of their slots."""
    slots = keys.find(0, list(names))
    return [int(transform) for transform in state.series_policies.transform[state.series_policy[slots]]]


def test_a_key_is_treated_as_the_rules_say_when_it_is_admitted() -> None:
    keys, state = with_rules(*RATES)
    assert transforms(keys, state, b"hits_total", b"cpu") == [Transform.RATE, Transform.NONE]


def test_the_first_rule_that_gives_a_field_decides_it() -> None:
    keys, state = with_rules(Rule(match="a*"), Rule(match="ab*", transform="none"), Rule(match="*", transform="log"))
    assert transforms(keys, state, b"ab", b"ac", b"b") == [Transform.NONE, Transform.LOG, Transform.LOG]


def test_features_have_rules_of_their_own_in_a_key_each_or_in_slots_of_one_key() -> None:
    rule = Rule(match="host", feature="hits", transform="rate")
    keys, state = with_rules(rule)
    assert transforms(keys, state, feature_key(b"host", "hits"), feature_key(b"host", "cpu")) == [1, 0]
    keys, state = with_rules(rule, features=("cpu", "hits"))
    (slot,) = keys.find(0, [b"host"])
    assert state.transform[2 * slot : 2 * slot + 2].tolist() == [Transform.NONE, Transform.RATE]


def test_a_key_that_comes_back_under_another_transform_begins_anew_but_knows_its_offset_and_its_episode() -> None:
    keys, state = with_rules(*RATES)
    before = DetectorState(1)
    before.offset[0], before.t[0], before.episode_start_ms[0] = 41, 500, 7
    value = before.pack(np.array([0])).tobytes()
    restore(keys, state, *(StateRecord(0, key, seal(key, value, 0)) for key in (b"hits_total", b"cpu")))
    changed, same = keys.find(0, [b"hits_total", b"cpu"])
    assert (state.t[changed], state.offset[changed], state.episode_start_ms[changed]) == (0, 41, 7)
    assert state.t[same] == 500


def test_the_rules_in_force_are_those_of_the_settings_and_not_of_the_record() -> None:
    keys, _ = with_rules(*RATES)
    keys.find(0, [b"hits_total"])
    (record,) = keys.snapshot()
    without, state = with_rules()
    restore(without, state, record)
    assert transforms(without, state, b"hits_total") == [Transform.NONE]


def test_each_field_is_decided_by_the_first_rule_that_gives_it() -> None:
    window = {"days": ["sun", "sat", "sat"], "from": "23:30", "to": "01:00", "zone": "Europe/Berlin"}
    once = {"from": "2026-11-28T22:00:00+01:00", "to": "2026-11-28T23:00:00+01:00"}
    rules = (
        Rule(match="shop", direction="below", min_deviation=0.0),
        Rule.model_validate({"match": "s*", "min_deviation": 5, "silent_after": 20, "maintenance": [window, once]}),
        Rule(match="*", min_deviation_share=0.2),
    )
    assert resolved(RuleSet(rules), "shop", None) == SeriesPolicy(
        min_deviation=0.0,
        min_deviation_share=0.2,
        direction=Direction.BELOW,
        silent_after=20.0,
        maintenance=(
            WeeklyWindow((5, 6), time(23, 30), time(1), "Europe/Berlin"),
            OneOffWindow(1_795_899_600_000, 1_795_903_200_000),
        ),
    )
