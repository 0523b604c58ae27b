"""A real Kafka for the whole run, and names of its own for every test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import Commands, create_topics
from tests.e2e.crowd import WARMUP
from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.e2e.notify_service import NotifyService, notify_service
from tests.e2e.undisturbed import MakeWorker
from tests.e2e.worker_process import WorkerProcess


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaContainer]:
    """Return a running broker; a test that kills it starts it again."""
    with KafkaContainer(IMAGE, tmp_path_factory.mktemp("kafka")) as container:
        yield container


@pytest.fixture(scope="module")
def service(
    kafka: KafkaContainer, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NotifyService]:
    """Return a running notifier with all its receivers."""
    with notify_service(kafka, repository, tmp_path_factory.mktemp("notify")) as running:
        yield running


@pytest.fixture
def names() -> dict[str, str]:
    """Return the settings that name an application and its topics, unique to the test."""
    unique = uuid.uuid4().hex[:12]
    topics = {f"{topic}_topic": f"{topic}-{unique}" for topic in ("metrics", "anomalies", "scores", "dead_letter")}
    return {"app_id": f"gauge-{unique}", **topics}


@pytest.fixture
def commands(kafka: KafkaContainer, names: dict[str, str]) -> Commands:
    """Return the command line of the test's application, whose topics exist."""
    create_topics(kafka, partitions="3", **names)
    return Commands(kafka.bootstrap, names)


@pytest.fixture
def worker(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> WorkerProcess:
    """Return a worker of the test's own application, not yet started: `with worker:` starts it."""
    return WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names)


@pytest.fixture
def make_worker(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> MakeWorker:
    """Return what makes workers of the test's application that notice a fault soon, not yet started."""

    def make(name: str, **settings: str) -> WorkerProcess:
        chosen = names | {"warmup": str(WARMUP), "partitions": "4", "session_timeout_s": "6", **settings}
        return WorkerProcess(
            tmp_path / f"{name}.log",
            brokers=kafka.bootstrap,
            heartbeat_interval_s=1,
            checkpoint_interval_s=0.5,
            instance_id=name,
            **chosen,
        )

    return make
