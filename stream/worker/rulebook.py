"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stream.broker.false_alarms import SENSITIVITIES, allowance
from stream.broker.maintenance import MaintenanceWindow
from stream.broker.rules import Rule
from stream.detection.budget import Budget
from stream.detection.maintenance import Once, Weekly, Window
from stream.detection.treatment import Direction, Transform, Treatment
from stream.formats.limits import to_milliseconds
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
        decided: dict[str, Any] = {}
        for rule in reversed(matching):
            decided |= dict(_decisions(rule))
        return Treatment(**decided)


def _decisions(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Give the fields of the treatment that a rule decides."""
    for name, (field, read) in READ.items():
        value = getattr(rule, name)
        if value is not None:
            yield field, read(value)


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return Weekly(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return Once(to_milliseconds(start), to_milliseconds(end))


READ: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "transform": ("transform", lambda name: Transform[name.upper()]),
    "min_deviation": ("min_deviation", float),
    "min_deviation_share": ("min_deviation_share", float),
    "direction": ("direction", lambda name: Direction[name.upper()]),
    "false_alarms": ("false_alarms", lambda text: Budget(*allowance(text))),
    "sensitivity": ("false_alarms", lambda name: Budget(*allowance(SENSITIVITIES[name]))),
    "silent_after": ("silent_after", float),
    "maintenance": ("maintenance", lambda windows: tuple(map(_window, windows))),
}
"""Which field of the treatment each field of a rule decides, and how it is read."""
