"""Rules to treatments: what the rules of the settings decide for a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stream.detection.state.budget import Budget
from stream.detection.state.maintenance import Once, Weekly, Window
from stream.detection.state.policy import Direction, Lasting, Transform, Treatment
from stream.formats.limits import to_milliseconds
from stream.settings.false_alarms import SENSITIVITIES, allowance
from stream.settings.maintenance import MaintenanceWindow
from stream.settings.rules import Rule
from stream.settings.values import parse_lasting


def treatment_of(rules: Sequence[Rule], series: str, feature: str | None = None) -> Treatment:
    """Resolve the rules for a series, or for one of its features: the first that gives a field decides it."""
    matching = [rule for rule in rules if rule.matches(series, feature)]
    decided: dict[str, Any] = {}
    for rule in reversed(matching):
        decided |= dict(_decisions(rule))
    return Treatment(**decided)


def _decisions(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Give the fields of the treatment that a rule decides."""
    for name, (field, parse) in PARSERS.items():
        value = getattr(rule, name)
        if value is not None:
            yield field, parse(value)


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return Weekly(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return Once(to_milliseconds(start), to_milliseconds(end))


PARSERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "transform": ("transform", lambda name: Transform[name.upper()]),
    "min_deviation": ("min_deviation", float),
    "min_deviation_share": ("min_deviation_share", float),
    "direction": ("direction", lambda name: Direction[name.upper()]),
    "lasting": ("lasting", lambda value: Lasting(*parse_lasting(value))),
    "minimum": ("minimum", float),
    "maximum": ("maximum", float),
    "counters": ("counters", lambda name: name == "auto"),
    "false_alarms": ("false_alarms", lambda text: Budget(*allowance(text))),
    "sensitivity": ("false_alarms", lambda name: Budget(*allowance(SENSITIVITIES[name]))),
    "silent_after": ("silent_after", float),
    "maintenance": ("maintenance", lambda windows: tuple(map(_window, windows))),
}
"""Which field of the treatment each field of a rule decides, and how it is read."""
