"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stream.broker.maintenance import MaintenanceWindow
from stream.broker.rules import Rule
from stream.detection.maintenance import Once, Weekly, Window
from stream.detection.treatment import Direction, Transform, Treatment
from stream.formats.limits import to_milliseconds
from stream.formats.state_key import split_key


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
            yield self._treatment(series, name)

    def _treatment(self, series: str, feature: str | None) -> Treatment:
        matching = [rule for rule in self._rules if rule.matches(series, feature)]
        decided: dict[str, Any] = {}
        for rule in reversed(matching):
            decided |= {name: getattr(rule, name) for name in READ if getattr(rule, name) is not None}
        return Treatment(**{name: READ[name](value) for name, value in decided.items()})


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return Weekly(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return Once(to_milliseconds(start), to_milliseconds(end))


READ: dict[str, Callable[[Any], Any]] = {
    "transform": lambda name: Transform[name.upper()],
    "min_deviation": float,
    "min_deviation_share": float,
    "direction": lambda name: Direction[name.upper()],
    "silent_after": float,
    "maintenance": lambda windows: tuple(map(_window, windows)),
}
"""How each field that a rule decides becomes that of the treatment."""
