"""What of the user's environment reaches a demo on a real Kafka, and what does not."""

from __future__ import annotations

import pytest

from stream.settings.settings import Settings
from stream.testing.environment import WORKER, own_settings, worker_environment


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a demo whose user also runs a worker in production."""
    monkeypatch.setenv("STREAMGAUGE_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("STREAMGAUGE_SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("STREAMGAUGE_SASL_USERNAME", "gauge")
    monkeypatch.setenv("STREAMGAUGE_SASL_PASSWORD", "secret")
    monkeypatch.setenv("STREAMGAUGE_DEAD_LETTER_TOPIC", "production.dlq")
    monkeypatch.setenv("STREAMGAUGE_WARMUP", "10")
    return own_settings("kafka-1:9092", "streamgauge-demo-1")


def test_the_login_counts(settings: Settings) -> None:
    assert (settings.brokers, settings.security_protocol, settings.sasl_username) == (
        "kafka-1:9092",
        "SASL_SSL",
        "gauge",
    )
    environment = worker_environment(settings)
    assert environment["STREAMGAUGE_SASL_USERNAME"] == "gauge"


def test_the_password_reaches_the_worker_and_is_not_written_out(settings: Settings) -> None:
    assert worker_environment(settings)["STREAMGAUGE_SASL_PASSWORD"] == "secret"
    assert "secret" not in repr(settings)


def test_every_topic_is_the_demos_own(settings: Settings) -> None:
    topics = (settings.metrics_topic, settings.anomalies_topic, settings.dead_letters, settings.changelog_topic)
    assert all(topic.startswith("streamgauge-demo-1-") for topic in topics)
    assert settings.scores_topic is None
    assert "STREAMGAUGE_DEAD_LETTER_TOPIC" not in worker_environment(settings)


def test_detection_has_its_defaults(settings: Settings) -> None:
    assert settings.warmup == Settings().warmup
    assert "STREAMGAUGE_WARMUP" not in worker_environment(settings)


def test_the_worker_is_told_to_log_json_and_to_choose_a_port(settings: Settings) -> None:
    environment = worker_environment(settings)
    assert {name: environment[f"STREAMGAUGE_{name.upper()}"] for name in WORKER} == {
        "health_host": "127.0.0.1",
        "health_port": "0",
        "log_format": "json",
    }
