"""The main job on real input: New York's taxi passengers, from a CSV file through a real worker to episodes."""

from __future__ import annotations

import csv
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import pytest

from stream.detection.episodes.verdict import Policy, Verdicts
from stream.detectors import build_detector
from stream.model import Bundle
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume
from tests.e2e.truth import read_all
from tests.e2e.worker_process import COMMAND, WorkerProcess

FILE = "realKnownCause/nyc_taxi.csv"


class Run(NamedTuple):
    """What came out of the worker, and what an offline run says meanwhile."""

    scores: list[dict[str, Any]]
    events: list[dict[str, Any]]
    offline: Verdicts


def to_ms(text: str) -> int:
    """Read a time of NAB's files, which are in UTC for our purposes."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def points(nab: Path) -> list[tuple[int, float]]:
    with (nab / "data" / FILE).open() as file:
        return [(to_ms(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def run(
    kafka: KafkaContainer, nab: Path, points: list[tuple[int, float]], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    unique = uuid4().hex[:8]
    topics = {f"{topic}_topic": f"taxi-{topic}-{unique}" for topic in ("metrics", "anomalies", "scores")}
    settings = {"brokers": kafka.bootstrap, "app_id": f"taxi-{unique}", **topics}
    with WorkerProcess(tmp_path_factory.mktemp("taxi") / "worker.log", **settings) as worker:
        publish = ["publish", "csv", str(nab / "data" / FILE), "--series", "nyc_taxi"]
        subprocess.run([COMMAND, *publish], env=worker.environment, check=True, timeout=300)
        offline = score_offline(points)
        scores = consume(kafka.bootstrap, topics["scores_topic"], len(points))
        worker.terminate()
        events = read_all(kafka.bootstrap, topics["anomalies_topic"])
    return Run(
        [json.loads(record.value) for record in scores], [json.loads(record.value) for record in events], offline
    )


def score_offline(points: list[tuple[int, float]]) -> Verdicts:
    detector = build_detector(Bundle.default(), Policy(bands=True))
    timestamps_ms, values = np.array([ms for ms, _ in points]), np.array([value for _, value in points])
    return detector.score(np.zeros(len(points), np.int64), timestamps_ms, values)


def test_at_least_four_of_the_five_labelled_windows_are_found_with_at_most_six_episodes_outside(
    run: Run, nab: Path
) -> None:
    labelled = json.loads((nab / "labels" / "combined_windows.json").read_text())[FILE]
    windows = [(to_ms(start), to_ms(end)) for start, end in labelled]
    opened = {event["episode"]: event["start"] for event in run.events if event["state"] == "open"}
    closed = {event["episode"]: event["end"] for event in run.events if event["state"] == "close"}
    episodes = [(start, closed.get(name, start)) for name, start in opened.items()]
    found = [any(start <= last and first <= end for first, last in episodes) for start, end in windows]
    outside = [first for first, last in episodes if not any(start <= last and first <= end for start, end in windows)]
    assert sum(found) >= 4, found
    assert len(outside) <= 6, outside


def test_every_score_equals_an_offline_run_to_the_bit(run: Run) -> None:
    live = [np.nan if score["score"] is None else score["score"] for score in run.scores]
    assert np.array(live, np.float64).tobytes() == run.offline.score.tobytes()


def test_every_forecast_and_band_equals_an_offline_run_to_the_bit(run: Run) -> None:
    for name, expected in (
        ("expected", run.offline.expected),
        ("lower", run.offline.lower),
        ("upper", run.offline.upper),
    ):
        live = [np.nan if score[name] is None else score[name] for score in run.scores]
        assert np.array(live, np.float64).tobytes() == expected.tobytes(), name


def test_every_point_is_accounted_for_in_its_order(run: Run, points: list[tuple[int, float]]) -> None:
    assert [(score["timestamp"], score["value"]) for score in run.scores] == points
