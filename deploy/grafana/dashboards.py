"""Writes the Grafana dashboards: python3 deploy/grafana/dashboards.py [FOLDER]."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fleet import FLEET
from panels import DATASOURCE, Panel
from workers import WORKERS

PAGE_WIDTH = 24


def places(panels: list[Panel]) -> Iterator[dict[str, int]]:
    """Place panels from left to right, row by row."""
    x = y = row_height = 0
    for panel in panels:
        if x + panel.width > PAGE_WIDTH:
            x, y, row_height = 0, y + row_height, 0
        yield {"x": x, "y": y, "w": panel.width, "h": panel.height}
        x, row_height = x + panel.width, max(row_height, panel.height)


def choice(name: str, label: str, query: str) -> dict[str, Any]:
    """Return a variable that is filled in from a label of a metric."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


SOURCE = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
JOB = choice("job", "Job", "label_values(streamgauge_ready, job)")
INSTANCE = choice("instance", "Worker", 'label_values(streamgauge_ready{job=~"$job"}, instance)')


def dashboard(uid: str, title: str, panels: list[Panel], variables: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a dashboard as Grafana imports it."""
    laid_out = enumerate(zip(panels, places(panels), strict=True), start=1)
    return {
        "uid": uid,
        "title": title,
        "tags": ["streamgauge"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": variables},
        "links": [{"type": "dashboards", "title": "streamgauge", "tags": ["streamgauge"], "keepTime": True}],
        "panels": [panel.document(place, number) for number, (panel, place) in laid_out],
    }


def dashboards() -> dict[str, dict[str, Any]]:
    """Return both dashboards by file name."""
    return {
        "fleet.json": dashboard("streamgauge-fleet", "streamgauge: fleet", FLEET, [SOURCE, JOB]),
        "workers.json": dashboard("streamgauge-workers", "streamgauge: workers", WORKERS, [SOURCE, JOB, INSTANCE]),
    }


def text(document: dict[str, Any]) -> str:
    """Write a dashboard as JSON, with each panel in a line of its own."""
    panels = ",\n  ".join(map(json.dumps, document["panels"]))
    fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in document.items() if key != "panels"]
    return "{\n " + ",\n ".join([*fields, f'"panels": [\n  {panels}\n ]']) + "\n}\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("dashboards")
    folder.mkdir(exist_ok=True)
    for name, document in dashboards().items():
        (folder / name).write_text(text(document))
