"""The doctor asks the worker on its machine whether it has room for another series."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from stream.cli.doctor.finding import Finding
from stream.cli.doctor.group import examine_worker
from stream.settings.settings import Settings
from stream.worker.observability.health import Health, HealthServer
from stream.worker.observability.metrics import Metrics

HOST = "127.0.0.1"


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    metrics.series_limit.set(100)
    return metrics


@pytest.fixture
def settings(metrics: Metrics) -> Iterator[Settings]:
    """Return settings with the health address of a worker that has these metrics."""
    server = HealthServer(HOST, 0, Health(), metrics.registry)
    yield Settings(health_host=HOST, health_port=server.port)
    server.close()


@pytest.mark.parametrize(
    ("n_series", "n_waiting", "level", "text"),
    [
        (40, 0, "ok", "40 of 100 series"),
        (95, 0, "warn", "95 of 100 series: beyond, new ones are not scored"),
        (100, 7, "warn", "100 of 100 series, 7 more wait for room and are not scored: raise STREAMGAUGE_MAX_KEYS"),
    ],
)
def test_it_says_how_many_series_are_held_and_how_many_wait(
    settings: Settings, metrics: Metrics, n_series: int, n_waiting: int, level: str, text: str
) -> None:
    metrics.series.set(n_series)
    metrics.series_waiting.set(n_waiting)
    (finding,) = examine_worker(settings)
    assert finding.level == level
    assert finding.text.startswith(text)


def test_where_no_worker_answers_there_is_nothing_to_say() -> None:
    findings: list[Finding] = list(examine_worker(Settings(health_host=HOST, health_port=1)))
    assert findings == []


def test_what_answers_there_and_is_no_worker_is_passed_over() -> None:
    server = HealthServer(HOST, 0, Health(), CollectorRegistry())
    assert list(examine_worker(Settings(health_host=HOST, health_port=server.port))) == []
    server.close()
