"""What others see of a worker's life."""

from __future__ import annotations

from faust.types import TP
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from stream.worker.engine.waits import Hang
from stream.worker.observability.health import Health
from stream.worker.observability.lifecycle import LifecycleObserver
from stream.worker.observability.metrics import Metrics


def test_the_lag_of_a_partition_that_left_vanishes_and_the_others_stay() -> None:
    metrics = Metrics()
    observer = LifecycleObserver(metrics, Health())
    observer.on_lag({TP("metrics", 0): 5, TP("metrics", 1): 7})
    observer.on_lag({TP("metrics", 1): 3})
    lines = [line for line in generate_latest(metrics.registry).decode().splitlines() if "consumer_lag{" in line]
    assert lines == ['streamgauge_consumer_lag{partition="1"} 3.0']


def test_giving_up_is_an_error_and_a_rebalance_is_news() -> None:
    observer = LifecycleObserver(Metrics(), Health())
    with capture_logs() as lines:
        observer.on_event("partitions revoked", n_partitions=2)
        observer.on_event("giving up", why="chunk failed")
    assert [line["log_level"] for line in lines] == ["info", "error"]


def test_messages_that_retention_deleted_are_counted_and_told_with_their_span() -> None:
    metrics = Metrics()
    with capture_logs() as lines:
        LifecycleObserver(metrics, Health()).on_expired(TP("metrics", 3), 50, 80)
    assert "streamgauge_expired_messages_total 30.0" in generate_latest(metrics.registry).decode()
    (line,) = lines
    assert (line["log_level"], line["partition"], line["first"], line["last"]) == ("warning", 3, 50, 79)


def test_a_hang_is_told_when_it_begins_and_when_it_is_over_and_the_readiness_names_it() -> None:
    health = Health()
    health.waiting_for = None
    observer = LifecycleObserver(Metrics(), health)
    with capture_logs() as lines:
        observer.on_hang(None)
        observer.on_hang(Hang("a leader of scores-2", 3.1))
        observer.on_hang(Hang("the group coordinator", 8.4))
        assert health.ready() == (False, {"waiting_for": "the group coordinator"})
        observer.on_hang(None)
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "waiting for Kafka"),
        ("info", "Kafka answers again"),
    ]
    assert lines[1]["waited_s"] == 8.4
    assert health.ready()[0]
