"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Iterator

from stream.detection.state.policy import Treatment
from stream.formats.state_key import split_key
from stream.settings.rules import Rule
from stream.treatments import treatment_of


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
        """Give the treatment of each slot of a key; see `stream.formats.state_key`."""
        series, feature = split_key(key)
        for name in self._features or [feature]:
            yield treatment_of(self._rules, series, name)
