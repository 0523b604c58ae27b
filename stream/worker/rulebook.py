"""The rulebook: which treatment the rules of the settings give to a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stream.broker.maintenance import MaintenanceWindow
from stream.broker.rules import Rule
from stream.broker.values import parse_lasting
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
            decided |= {name: getattr(rule, name) for name in READ if getattr(rule, name) is not None}
        fields: dict[str, Any] = {}
        for name, value in decided.items():
            fields |= READ[name](value)
        return Treatment(**fields)


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return Weekly(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return Once(to_milliseconds(start), to_milliseconds(end))


def _lasting(value: int | str) -> dict[str, int]:
    for_ms, for_points = parse_lasting(value)
    return {"for_ms": for_ms, "for_points": for_points}


READ: dict[str, Callable[[Any], dict[str, Any]]] = {
    "transform": lambda name: {"transform": Transform[name.upper()], "counters": name != "none"},
    "min_deviation": lambda value: {"min_deviation": float(value)},
    "min_deviation_share": lambda value: {"min_deviation_share": float(value)},
    "direction": lambda name: {"direction": Direction[name.upper()]},
    "lasting": _lasting,
    "minimum": lambda value: {"minimum": float(value)},
    "maximum": lambda value: {"maximum": float(value)},
    "counters": lambda name: {"counters": name == "auto"},
    "silent_after": lambda value: {"silent_after": float(value)},
    "maintenance": lambda windows: {"maintenance": tuple(map(_window, windows))},
}
"""What each field that a rule decides becomes in the treatment; `none` as transform leaves no counter to find."""
