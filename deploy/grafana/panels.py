"""Panels of a Grafana dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SEVERITIES = {"minor": "#e5b32d", "major": "#e8762d", "critical": "#c4312b"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """A panel of queries.

    Attributes
    ----------
    queries : dict of str to str
        PromQL by legend; `{{label}}` in a legend is filled in by Grafana.
    unit : str
        One of Grafana's units.
    kind : "timeseries", "stat" or "table"
        A time series shows the chosen range, the others the moment at its end.
    width, height : int
        In units of a 24th of the page, and of 30 pixels.
    red_from : float, optional
        Value from which on a number is red.
    stacked : bool
    """

    title: str
    queries: dict[str, str]
    description: str
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    red_from: float | None = None
    stacked: bool = False

    def document(self, place: dict[str, int], number: int) -> dict[str, Any]:
        """Return the panel as Grafana stores it."""
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": place,
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(_colours())},
            "options": OPTIONS[self.kind],
            "transformations": TRANSFORMATIONS if self.kind == "table" else [],
            "targets": [self._target(chr(ord("A") + at), *query) for at, query in enumerate(self.queries.items())],
        }

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "text", "value": None}]
        if self.red_from is not None:
            steps.append({"color": "red", "value": self.red_from})
        drawn = {"fillOpacity": 30 if self.stacked else 0, "stacking": {"mode": "normal" if self.stacked else "none"}}
        return {
            "unit": self.unit,
            "min": 0,
            "thresholds": {"mode": "absolute", "steps": steps},
            "custom": drawn if self.kind == "timeseries" else {},
        }

    def _target(self, letter: str, legend: str, expression: str) -> dict[str, Any]:
        is_range = self.kind == "timeseries"
        return {
            "refId": letter,
            "datasource": DATASOURCE,
            "expr": expression,
            "legendFormat": legend,
            "instant": not is_range,
            "range": is_range,
            "format": "table" if self.kind == "table" else "time_series",
        }


OPTIONS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {"colorMode": "value", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "table": {"cellHeight": "sm", "showHeader": True},
}
TRANSFORMATIONS = [{"id": "organize", "options": {"excludeByName": {"Time": True, "__name__": True, "job": True}}}]


def _colours() -> Iterator[dict[str, Any]]:
    for severity, colour in SEVERITIES.items():
        yield {
            "matcher": {"id": "byName", "options": severity},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
        }


def stat(
    title: str, expression: str, description: str, unit: str = "short", *, width: int = 4, red_from: float | None = None
) -> Panel:
    """Return a panel of one number."""
    return Panel(title, {title: expression}, description, unit, "stat", width, 4, red_from)


def table(title: str, queries: dict[str, str], description: str, unit: str = "short") -> Panel:
    """Return a panel that lists."""
    return Panel(title, queries, description, unit, "table", 12, 10)


OF_JOB = '{job=~"$job"}'
"""What a query chooses by the variables of a dashboard."""
