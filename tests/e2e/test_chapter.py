"""The chapter in a live stream: a worker flags the windows that the offline report lists, and no others."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.truth import read_all
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.worker_process import COMMAND

SERIES = "rds_cpu_utilization_cc0c53"
FILE = f"realAWSCloudwatch/{SERIES}.csv"
N_POINTS = 1_600
"""Of a series in which no record repeats another: every window is compared, whatever it shows."""


@pytest.fixture
def short(nab: Path, tmp_path: Path) -> Path:
    """Return a folder like NAB's with the first points of one of its series."""
    path = tmp_path / "nab" / "data" / FILE
    path.parent.mkdir(parents=True)
    path.write_text("".join((nab / "data" / FILE).read_text().splitlines(keepends=True)[: N_POINTS + 1]))
    shutil.copytree(nab / "labels", tmp_path / "nab" / "labels")
    return tmp_path / "nab"


@pytest.fixture
def report(short: Path, tmp_path: Path) -> dict[str, Any]:
    """Return the numbers of a short run of the chapter; its bundle lies in `book` of the same folder."""
    command = [str(COMMAND), "train", "book", str(short), "--series", SERIES, "--epochs", "2", "--out", "book"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=400)
    numbers = json.loads((tmp_path / "book" / "report.json").read_text())
    chapter: dict[str, Any] = numbers["series"][SERIES]["chapter"]
    return chapter


def moment(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_worker_flags_exactly_the_windows_of_the_report(
    report: dict[str, Any], kafka: KafkaContainer, names: Names, make_worker: MakeWorker, short: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "book" / SERIES / report["bundle"]
    with make_worker("live", model=str(bundle)) as worker:
        publish = [str(COMMAND), "publish", "csv", str(short / "data" / FILE), "--series", SERIES]
        subprocess.run(publish, env=worker.environment, check=True, timeout=300)
        records = consume(kafka.bootstrap, names["scores_topic"], N_POINTS)
        assert worker.terminate()[0] == 0
    scores = [json.loads(record.value) for record in records]
    flagged = {moment(score["timestamp"]): score["score"] for score in scores if score["state"] == "anomalous"}
    assert flagged == {window["end"]: window["score"] for window in report["flagged"]}
    assert len([score for score in scores if score["score"] is not None]) == report["n_windows"]
    events = [json.loads(record.value) for record in read_all(kafka.bootstrap, names["anomalies_topic"])]
    opened = {moment(event["window_start"]) for event in events if event["state"] == "open"}
    assert opened <= {window["start"] for window in report["flagged"]}
    assert opened
