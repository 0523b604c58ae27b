"""Rules and dashboards, asked of a real Prometheus that scrapes a real worker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.prometheus_server import install, scraping
from tests.e2e.records import produce
from tests.e2e.truth import wait_drained
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/streamgauge.rules.yml"
RULES_TEST = DEPLOY / "prometheus/streamgauge.rules.test.yml"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
FILLED_IN = {"$job": "streamgauge", "$instance": ".+", "$__rate_interval": "30s", "$__range": "15m"}
START_MS = 1_700_000_000_000
N_QUIET = 200


def test_the_rules_are_valid_and_every_alert_fires_on_its_symptom_alone() -> None:
    install(DEPLOY.parent)
    for command in (["check", "rules", str(RULES)], ["test", "rules", str(RULES_TEST)]):
        run = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def points(first: int, values: list[float]) -> list[tuple[bytes, bytes]]:
    """Points of one series, one a minute."""
    bodies = [
        {"series": "shop/orders", "timestamp": START_MS + at * 60_000, "value": value}
        for at, value in enumerate(values, start=first)
    ]
    return [(b"shop/orders", json.dumps(body).encode()) for body in bodies]


def ask(url: str, path: str, **parameters: str) -> Any:
    """Ask Prometheus's API; its errors are failures."""
    answer = requests.get(f"{url}/api/v1/{path}", params=parameters, timeout=30).json()
    assert answer["status"] == "success", (parameters, answer)
    return answer["data"]


def samples(url: str, expression: str) -> list[dict[str, Any]]:
    return list(ask(url, "query", query=expression)["result"])


def found(url: str, expression: str) -> list[dict[str, Any]] | None:
    return samples(url, expression) or None


def evaluated(url: str) -> list[dict[str, Any]] | None:
    """Return all rules, once none waits for its first evaluation."""
    rules = [rule for group in ask(url, "rules")["groups"] for rule in group["rules"]]
    return rules if all(rule["health"] != "unknown" for rule in rules) else None


@pytest.fixture
def monitored(kafka: KafkaContainer, names: dict[str, str], tmp_path: Path) -> Iterator[tuple[WorkerProcess, str]]:
    """Return a worker with an open episode and a dead letter, and the Prometheus that saw both come."""
    install(DEPLOY.parent)
    with WorkerProcess(tmp_path / "worker.log", brokers=kafka.bootstrap, warmup=150, **names) as worker:
        produce(kafka.bootstrap, names["metrics_topic"], points(0, [100.0 + at % 5 for at in range(N_QUIET)]))
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        with scraping(tmp_path, f"127.0.0.1:{worker.health_port()}", RULES) as url:
            wait_for(lambda: samples(url, "streamgauge_scored_total > 0") or None, "a first scrape")
            faults = [*points(N_QUIET, [500.0, 501.0]), (b"shop/orders", b"no JSON")]
            produce(kafka.bootstrap, names["metrics_topic"], faults)
            firing = 'ALERTS{alertname="StreamgaugeDeadLetters", alertstate="firing"}'
            wait_for(lambda: samples(url, firing) or None, "the alert about the dead letter")
            wait_for(lambda: samples(url, "streamgauge_open_episode_peak_score") or None, "the open episode")
            yield worker, url


def expressions(dashboard: Path) -> list[str]:
    """List the queries of a dashboard, with its variables filled in."""
    found = [target["expr"] for panel in json.loads(dashboard.read_text())["panels"] for target in panel["targets"]]
    for name, value in FILLED_IN.items():
        found = [expression.replace(name, value) for expression in found]
    return found


def test_every_query_of_the_dashboards_and_rules_has_an_answer(monitored: tuple[WorkerProcess, str]) -> None:
    _, url = monitored
    empty = [each for dashboard in DASHBOARDS for each in expressions(dashboard) if not samples(url, each)]
    assert empty == []
    rules = wait_for(partial(evaluated, url), "every rule to be evaluated")
    assert {rule["health"] for rule in rules} == {"ok"}
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    for name in recorded:
        wait_for(partial(found, url, name), f"{name}, which is recorded every 15 s")
    assert [sample["metric"]["series"] for sample in samples(url, "streamgauge_open_episode_peak_score")] == [
        "shop/orders"
    ]
