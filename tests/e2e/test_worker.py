"""The worker's life: an orderly end, login over TLS, and what it says when it cannot start."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.truth import final_states
from tests.e2e.waiting import PATIENCE_S, wait_for
from tests.e2e.worker_process import COMMAND, WorkerProcess

N_POINTS = 200


def points(series: str) -> list[tuple[bytes, bytes]]:
    """Points of a quiet series that ends with a jump."""
    values = [100.0 + at % 5 for at in range(N_POINTS - 1)] + [500.0]
    bodies = [
        {"series": series, "timestamp": 1_700_000_000_000 + at * 60_000, "value": value}
        for at, value in enumerate(values)
    ]
    return [(series.encode(), json.dumps(body).encode()) for body in bodies]


def login(kafka: KafkaContainer, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": mechanism,
        "sasl_username": kafka.user,
        "sasl_password": kafka.password,
        "ssl_cafile": str(kafka.ca_file),
    }


def publish(worker: WorkerProcess, series: str) -> None:
    """Publish the points with the command line and the worker's own settings."""
    rows = [json.loads(value) for _, value in points(series)]
    text = "timestamp,value\n" + "".join(f"{row['timestamp']},{row['value']}\n" for row in rows)
    command = [str(COMMAND), "publish", "csv", "-", "--series", series]
    subprocess.run(command, env=worker.environment, input=text.encode(), check=True, timeout=PATIENCE_S)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_publisher_and_worker_with_a_login_over_tls_find_the_jump(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path, mechanism: str
) -> None:
    secure = {"brokers": kafka.secure_bootstrap, **login(kafka, mechanism), **names}
    with WorkerProcess(tmp_path / "worker.log", warmup=150, **secure) as worker:
        publish(worker, "shop/orders")
        (event,) = consume(kafka.bootstrap, names["anomalies_topic"], 1)
        assert kafka.password not in worker.log.read_text()
    episode = json.loads(event.value)
    assert (episode["series"], episode["state"], episode["actual"]) == ("shop/orders", "open", 500.0)
    assert episode["direction"] == "above"


def test_sigterm_makes_a_checkpoint_and_ends_the_worker_with_0_within_5_seconds(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, checkpoint_interval_s=60, **names) as worker:
        produce(kafka.bootstrap, names["metrics_topic"], points("shop/orders"))
        consume(kafka.bootstrap, names["scores_topic"], N_POINTS)
        code, seconds = worker.terminate()
    assert code == 0
    assert seconds < 5
    assert list(final_states(kafka.bootstrap, names["app_id"] + "-state-changelog")) == [b"shop/orders"]


def test_ctrl_c_ends_the_worker_as_sigterm_does_and_every_line_of_its_log_is_json(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names) as worker:
        code, seconds = worker.terminate(signal.SIGINT)
    assert code == 0
    assert seconds < 5
    assert len(worker.lines()) == len(worker.log.read_text().splitlines())


def test_sigterm_in_the_middle_of_a_backlog_ends_the_worker_within_5_seconds(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, **names) as worker:
        produce(kafka.bootstrap, names["metrics_topic"], (point for n in range(60) for point in points(f"shop/{n}")))
        consume(kafka.bootstrap, names["scores_topic"], N_POINTS)
        code, seconds = worker.terminate()
    assert code == 0
    assert seconds < 5


def test_sigterm_while_the_broker_is_away_ends_the_worker_with_75_within_5_seconds(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, checkpoint_interval_s=60, **names) as worker:
        produce(kafka.bootstrap, names["metrics_topic"], points("shop/orders"))
        consume(kafka.bootstrap, names["scores_topic"], N_POINTS)
        kafka.kill()
        try:
            code, seconds = worker.terminate()
        finally:
            kafka.start_again()
    assert code == 75
    assert seconds < 5


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"sasl_password": "wrong"}, 4), ({"ssl_cafile": ""}, 5), ({"brokers": "127.0.0.1:1"}, 3)],
    ids=["password", "authority", "address"],
)
def test_a_worker_that_cannot_reach_its_broker_says_why_with_its_own_exit_code(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path, wrong: dict[str, str], code: int
) -> None:
    settings = {"brokers": kafka.secure_bootstrap, **login(kafka), **names, **wrong}
    chosen = {name: value for name, value in settings.items() if value}
    worker = WorkerProcess(tmp_path / "worker.log", **chosen)
    worker.start()
    assert worker.exit_code() == code
    text = worker.log.read_text()
    (line,) = worker.events("cannot run")
    assert (line["level"], line["exit_code"]) == ("error", code)
    assert len(worker.lines()) == len(text.splitlines())
    assert kafka.password not in text


def test_a_worker_that_may_not_create_topics_names_the_missing_one(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, create_topics="false", **names)
    worker.start()
    assert worker.exit_code() == 6
    assert names["metrics_topic"] in worker.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_waits_for_its_broker_says_so_and_ends_with_0_when_told(
    names: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    worker = WorkerProcess(tmp_path / "worker.log", brokers="127.0.0.1:1", broker_wait="true", **names)
    worker.start()
    wait_for(lambda: [line for line in worker.lines() if line["event"] == "waiting for broker"] or None, "a try")
    code, seconds = worker.terminate(number)
    assert code == 0
    assert seconds < 5
