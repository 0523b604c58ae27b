"""Rules to treatments: what the rules of the settings decide for a series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stream.broker.maintenance import MaintenanceWindow
from stream.broker.rules import Rule
from stream.detection.maintenance import Once, Weekly, Window
from stream.detection.treatment import Direction, Transform, Treatment
from stream.formats.limits import to_milliseconds


def treatment_of(rules: Sequence[Rule], series: str, feature: str | None = None) -> Treatment:
    """Resolve the rules for a series, or for one of its features: the first that gives a field decides it."""
    matching = [rule for rule in rules if rule.matches(series, feature)]
    decided: dict[str, Any] = {}
    for rule in reversed(matching):
        decided |= {name: getattr(rule, name) for name in PARSERS if getattr(rule, name) is not None}
    return Treatment(**{name: PARSERS[name](value) for name, value in decided.items()})


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return Weekly(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return Once(to_milliseconds(start), to_milliseconds(end))


PARSERS: dict[str, Callable[[Any], Any]] = {
    "transform": lambda name: Transform[name.upper()],
    "min_deviation": float,
    "min_deviation_share": float,
    "direction": lambda name: Direction[name.upper()],
    "silent_after": float,
    "maintenance": lambda windows: tuple(map(_window, windows)),
}
"""How each field that a rule decides becomes that of the treatment."""
