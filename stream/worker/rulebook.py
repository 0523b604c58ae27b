"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Iterator

from stream.broker.rules import Rule
from stream.detection.treatment import Transform, Treatment
from stream.worker.intake import SEPARATOR


class Rulebook:
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

    def treatments(self, key: bytes) -> Iterator[Treatment]:
        """Give the treatment of each slot of a key; see `stream.worker.intake.feature_key`."""
        series, separator, feature = key.partition(SEPARATOR)
        for name in self._features or [feature.decode() if separator else None]:
            yield self._treatment(series.decode(), name)

    def _treatment(self, series: str, feature: str | None) -> Treatment:
        matching = [rule for rule in self._rules if rule.matches(series, feature)]
        return Treatment(
            transform=next((Transform[rule.transform.upper()] for rule in matching if rule.transform), Transform.NONE),
        )
