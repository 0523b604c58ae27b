"""Golden records that are about a partition: bytes as they lie in changelogs, and what they must be read as."""

from __future__ import annotations

import base64

import pytest

from stream.control.records import Learn, Verdict
from stream.formats.state.rules import open_rules
from stream.kafka.topics.identity import TopicIdentity
from stream.settings.rules import Rule
from stream.worker.keys.rule_set import RuleSet

RULES = base64.b64decode(
    "BwAAACkAAAAAAAAAkNTgxHichU/bCsIwDP2XPMqUKfiyX5Ex4pqxsF4k7SYy9u+mTgRBZl/ac0l6zgwyWopQXWZwmNoeKuhDTPsdFODYN4YmxsTB"
    "Q3U6lAUYFmpXDHgNE8FSFzCRGG7Tumdgb1R9c7rn+shm7/WJCapjAfc+U4rpxjEYUlD+OWqOJJyzAiroCNMoOulHaz8JVOzQRsruhLL+RjnPSe+J"
    "Dfn2M/O7iyUU3ziU4avOi94us5Wvk+Aap+J5qZcnU7RzbQ=="
)


@pytest.mark.parametrize(
    ("value", "n_partitions"),
    [
        (b'{"cluster_id":"c","topic":"metrics","topic_id":"id"}', 0),
        (b'{"cluster_id":"c","topic":"metrics","topic_id":"id","n_partitions":4}', 4),
    ],
    ids=["before it had a number of partitions", "now"],
)
def test_the_topic_of_the_state_is_read(value: bytes, n_partitions: int) -> None:
    found = TopicIdentity.decode(value)
    assert found == TopicIdentity("c", "metrics", "id", n_partitions)
    assert found.mark == TopicIdentity("c", "metrics", "id").mark == 0xE6B9B5BC


def test_the_rules_in_force_are_read() -> None:
    mark, offset, body = open_rules(RULES)
    assert (mark, offset) == (7, 41)
    assert RuleSet.decode(body) == RuleSet(
        (Rule(match="host-*", direction="above", min_deviation=2.0),),
        (Verdict(by="ann", at=1, episode="0" * 32, series="a", verdict="false", start=1, end=2, direction="above"),),
        (Learn(by="ann", at=1, series="a", from_ms=5),),
    )


@pytest.mark.parametrize("value", [b"", RULES[:10], RULES[:-1], RULES[:-1] + b"\0"])
def test_a_damaged_record_of_the_rules_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"expected|checksum"):
        open_rules(value)
