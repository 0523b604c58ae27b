"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Iterator

from stream.broker.rules import Rule
from stream.detection.treatment import Treatment
from stream.treatments import treatment_of
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
            yield treatment_of(self._rules, series.decode(), name)
