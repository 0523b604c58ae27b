"""Policies of series, resolved from rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stream.detection.policy.budget import Budget
from stream.detection.policy.maintenance import OneOffWindow, WeeklyWindow, Window
from stream.detection.policy.policy import Direction, MinDuration, SeriesPolicy, Transform
from stream.formats.limits import to_milliseconds
from stream.settings.maintenance import MaintenanceWindow
from stream.settings.rules import Rule
from stream.settings.values import SENSITIVITIES, allowance, parse_lasting


def series_policy_of(rules: Sequence[Rule], series: str, feature: str | None = None) -> SeriesPolicy:
    """Resolve the rules for a series or feature; the first wins."""
    return policy_of([rule for rule in rules if rule.matches(series, feature)])


def policy_of(matching: Sequence[Rule]) -> SeriesPolicy:
    """Resolve rules that all match."""
    decided: dict[str, Any] = {}
    for rule in reversed(matching):
        decided |= dict(_decisions(rule))
    return SeriesPolicy(**decided)


def _decisions(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Return the policy fields that a rule sets."""
    for name, (field, parse) in PARSERS.items():
        value = getattr(rule, name)
        if value is not None:
            yield field, parse(value)


def _window(window: MaintenanceWindow) -> Window:
    if window.days:
        return WeeklyWindow(window.weekdays(), *window.clocks(), window.zone or "UTC")
    start, end = window.moments()
    return OneOffWindow(to_milliseconds(start), to_milliseconds(end))


PARSERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "transform": ("transform", lambda name: Transform[name.upper()]),
    "min_deviation": ("min_deviation", float),
    "min_deviation_share": ("min_deviation_share", float),
    "direction": ("direction", lambda name: Direction[name.upper()]),
    "lasting": ("lasting", lambda value: MinDuration(*parse_lasting(value))),
    "minimum": ("minimum", float),
    "maximum": ("maximum", float),
    "counters": ("counters", lambda name: name == "auto"),
    "false_alarms": ("false_alarms", lambda text: Budget(*allowance(text))),
    "sensitivity": ("false_alarms", lambda name: Budget(*allowance(SENSITIVITIES[name]))),
    "silent_after": ("silent_after", float),
    "maintenance": ("maintenance", lambda windows: tuple(map(_window, windows))),
}
"""Which field of the treatment each field of a rule decides, and how it is read."""
