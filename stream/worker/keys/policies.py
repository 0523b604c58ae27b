"""Resolution of rules, verdicts and learn marks to policies per key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from stream.control.records import Verdict
from stream.detection.episodes.comparison import AnomalyKind
from stream.detection.policy.expected import ExpectedAnomaly
from stream.detection.policy.policy import SeriesPolicy
from stream.formats.state.key import split_key
from stream.worker.keys.rule_set import RuleSet

NO_RULES: Final = RuleSet()

CAUTION: Final = 2.0
"""How much rarer a `false` verdict makes false alarms: as `low` is to `normal`, whatever the budget of the series."""


class PolicyResolver:
    """The rule set of each partition.

    Parameters
    ----------
    features : tuple of str
        Names of the features that have a slot each; empty if a key has one slot.
    """

    def __init__(self, features: tuple[str, ...] = ()) -> None:
        self._features = features
        self._rules: dict[int, RuleSet] = {}

    def rules(self, partition: int) -> RuleSet:
        """Return the rule set in force; the empty one at first."""
        return self._rules.get(partition, NO_RULES)

    def set_rules(self, partition: int, rules: RuleSet) -> None:
        """Let a rule set decide from now on."""
        self._rules[partition] = rules

    def keep_only(self, partitions: set[int]) -> None:
        """Forget the rule sets of all other partitions."""
        self._rules = {partition: rules for partition, rules in self._rules.items() if partition in partitions}

    def resolve(self, partition: int, key: bytes) -> Iterator[SeriesPolicy]:
        """Return the policy of each slot of a key."""
        rules, (series, feature) = self.rules(partition), split_key(key)
        for name in self._features or [feature]:
            yield resolved(rules, series, name)


def resolved(rules: RuleSet, series: str, feature: str | None) -> SeriesPolicy:
    """Return the policy of a series or feature under a rule set."""
    policy = rules.policy(series, feature)
    verdicts, learn_ms = rules.verdicts_of(series, feature), rules.learn_ms(series, feature)
    if not verdicts and not learn_ms:
        return policy
    n_false = sum(verdict.verdict == "false" for verdict in verdicts)
    return replace(policy, caution=CAUTION**n_false, expected=tuple(expected_anomalies(verdicts)), learn_ms=learn_ms)


def expected_anomalies(verdicts: Iterable[Verdict]) -> Iterator[ExpectedAnomaly]:
    """Return the anomalies that people expect to recur."""
    for verdict in verdicts:
        if verdict.verdict == "expected":
            yield ExpectedAnomaly(int(kind_of(verdict)), verdict.start, verdict.end)


def kind_of(verdict: Verdict) -> AnomalyKind:
    """Return what kind of anomaly a verdict is about."""
    if verdict.evidence == "quiet":
        return AnomalyKind.STUCK
    return AnomalyKind.ABOVE if verdict.direction == "above" else AnomalyKind.BELOW
