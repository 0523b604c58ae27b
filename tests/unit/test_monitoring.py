"""What deploy/ has for Prometheus and Grafana, held together with the docs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def rules(repository: Path) -> str:
    return (repository / "deploy/prometheus/streamgauge.rules.yml").read_text()


def test_every_alert_names_a_section_of_the_runbook_that_names_the_alert(rules: str, repository: Path) -> None:
    sections = re.split(r"^## ", (repository / "docs/runbook.md").read_text(), flags=re.MULTILINE)[1:]
    by_anchor = {section.splitlines()[0].lower().replace(" ", "-"): section for section in sections}
    alerts = re.findall(r"- alert: (\w+)", rules)
    anchors = re.findall(r"runbook: docs/runbook\.md#([\w-]+)", rules)
    assert len(alerts) == len(anchors) == len(by_anchor)
    assert [name for name, anchor in zip(alerts, anchors, strict=True) if f"`{name}`" not in by_anchor[anchor]] == []


def test_every_alert_is_seen_firing_in_the_test_of_the_rules(rules: str, repository: Path) -> None:
    tested = (repository / "deploy/prometheus/streamgauge.rules.test.yml").read_text()
    assert [name for name in re.findall(r"- alert: (\w+)", rules) if f'alertname="{name}"' not in tested] == []


def test_the_dashboards_are_what_their_code_writes(repository: Path, tmp_path: Path) -> None:
    folder = repository / "deploy/grafana"
    subprocess.run([sys.executable, folder / "dashboards.py", tmp_path], check=True)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in (folder / "dashboards").iterdir()}
