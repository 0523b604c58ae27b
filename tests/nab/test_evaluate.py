"""`streamgauge evaluate nab` on the whole corpus: in one process, and through a broker and two workers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.worker_process import COMMAND
from training.evaluation.nab.published import read_published

pytestmark = pytest.mark.timeout(1_200)


def evaluate(corpus: Path, *options: str) -> dict[str, Any]:
    command = [str(COMMAND), "evaluate", "nab", str(corpus), "--json", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=1_100, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    assert (found["files"], found["records"]) == (58, 365_558)
    return found


def test_the_shipped_model_scores_above_every_published_detector_at_its_one_boundary(corpus: Path) -> None:
    published = read_published(Path(__file__).parent)
    profiles = evaluate(corpus, "--runs", "4")["outcomes"][0]["families"]["all"]["profiles"]
    for name in ("standard", "reward_low_FP_rate"):
        assert profiles[name]["mean"] > max(each.scores[name] for each in published), name


def test_every_record_of_all_58_series_comes_back_the_same_to_the_bit_and_no_topic_is_left(
    corpus: Path, kafka: KafkaContainer
) -> None:
    found = evaluate(corpus, "--through-kafka", "--brokers", kafka.bootstrap)
    assert found["equal_through_kafka"] == found["records"]
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    assert not [topic for topic in admin.list_topics() if topic.startswith("streamgauge-nab")]
    admin.close()
