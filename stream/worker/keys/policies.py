"""Resolution of rules to policies per key."""

from __future__ import annotations

from collections.abc import Iterator

from stream.detection.policy.policy import SeriesPolicy
from stream.formats.state_key import split_key
from stream.series_policies import series_policy_of
from stream.settings.rules import Rule


class PolicyResolver:
    """The rules, in their order.

    Parameters
    ----------
    rules : tuple of Rule
    features : tuple of str
        Names of the features that have a slot each; empty if a key has one slot.
    """

    def __init__(self, rules: tuple[Rule, ...] = (), features: tuple[str, ...] = ()) -> None:
        self._rules = rules
        self._features = features

    def resolve(self, key: bytes) -> Iterator[SeriesPolicy]:
        """Return the policy of each slot of a key."""
        series, feature = split_key(key)
        for name in self._features or [feature]:
            yield series_policy_of(self._rules, series, name)
