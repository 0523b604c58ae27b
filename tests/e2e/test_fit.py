"""`train fit` on a topic: read from a real broker without joining a group, learned from, and run by a worker."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from stream.errors import TopicError
from stream.formats.points import encode_points
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.undisturbed import MakeWorker, Names
from tests.e2e.worker_process import COMMAND

N_POINTS = 700
START_MS, STEP_MS = 1_700_000_000_000, 300_000


def points(series: str, level: float) -> tuple[bytes, bytes]:
    """One message with a daily rhythm and noise."""
    at = np.arange(N_POINTS)
    noise = np.random.default_rng(len(series)).normal(0, 1, N_POINTS)
    values = level + 10 * np.sin(2 * np.pi * at / 288) + noise
    return series.encode(), encode_points(series, (START_MS + STEP_MS * at).tolist(), values.tolist())


def fit(kafka: KafkaContainer, folder: Path, topic: str) -> subprocess.CompletedProcess[str]:
    where = ["--brokers", kafka.bootstrap, "--topic", topic, "--from", "1h"]
    command = [str(COMMAND), "train", "fit", *where, "--epochs", "2", "--out", "models", "--logdir", "runs"]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=300)


def test_a_model_is_learned_from_a_topic_and_scores_it(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, tmp_path: Path
) -> None:
    messages = [points("host-1", 50.0), points("host-22", 500.0)]
    with make_worker("first", warmup="700"):
        produce(kafka.bootstrap, names["metrics_topic"], messages)
        consume(kafka.bootstrap, names["scores_topic"], 2 * N_POINTS)
    learned = fit(kafka, tmp_path, names["metrics_topic"])
    assert learned.returncode == 0, learned.stderr
    assert "host-22" in learned.stdout
    other = {"app_id": names["app_id"] + "-own", "scores_topic": names["scores_topic"] + "-own"}
    with make_worker("own", **other, model=str(tmp_path / "models" / "mine.onnx")) as worker:
        assert len(consume(kafka.bootstrap, other["scores_topic"], 2 * N_POINTS)) == 2 * N_POINTS
        assert 'name="mine"' in worker.get("/metrics")[1]


def test_a_topic_that_is_not_there_has_its_sentence_and_its_code(kafka: KafkaContainer, tmp_path: Path) -> None:
    refused = fit(kafka, tmp_path, "not-there")
    assert refused.returncode == TopicError.exit_code
    assert "topic not-there is not there: expected the name of one that is, " in refused.stderr
