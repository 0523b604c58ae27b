"""What one needs to try again: `reset`, `topics delete`, `series list` and `series forget`, on a real broker."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient

from stream.formats.points import encode_points
from tests.e2e.commands import Commands, create_topics
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

START_MS = 1_764_000_000_000
WARMUP = 20

Publish = Callable[[str, int, int], None]


@pytest.fixture
def commands(kafka: KafkaContainer, names: dict[str, str]) -> Commands:
    create_topics(kafka, partitions="3", **names)
    return Commands(kafka.bootstrap, names | {"warmup": str(WARMUP)})


@pytest.fixture
def publish(kafka: KafkaContainer, names: dict[str, str]) -> Publish:
    """Publish points of a series, from a number on, one a minute."""

    def send(series: str, first: int, n_points: int) -> None:
        times = [START_MS + 60_000 * (first + i) for i in range(n_points)]
        message = encode_points(series, times, [float(i % 5) for i in range(n_points)])
        produce(kafka.bootstrap, names["metrics_topic"], [(series.encode(), message)])

    return send


def listed(commands: Commands) -> dict[str, tuple[str, int]]:
    """State and points of every series."""
    result = commands.run("series", "list", "--json")
    result.check_returncode()
    return {found["series"]: (found["state"], found["points"]) for found in json.loads(result.stdout)}


def wait_listed(commands: Commands, expected: dict[str, tuple[str, int]]) -> None:
    wait_for(lambda: listed(commands) == expected or None, f"the changelog to hold {expected}")


def topics_of(kafka: KafkaContainer, names: dict[str, str]) -> set[str]:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    ours = {*names.values(), f"{names['app_id']}-state-changelog"}
    found = ours & set(admin.list_topics())
    admin.close()
    return found


def test_a_forgotten_series_begins_anew_and_the_others_go_on(
    commands: Commands, worker: WorkerProcess, publish: Publish
) -> None:
    for series in ("host-1", "host-2", "other"):
        publish(series, 0, 30)
    publish("young", 0, 5)
    with worker:
        wait_listed(commands, dict.fromkeys(("host-1", "host-2", "other"), ("normal", 30)) | {"young": ("warming", 5)})
        refused = commands.run("series", "forget", "host-*", "--yes")
        assert refused.returncode == 12
        assert "expected no worker in group" in refused.stderr
        assert worker.terminate()[0] == 0
    unknown = commands.run("series", "forget", "hots-1", "--yes")
    assert unknown.returncode == 8
    assert "found none of 4 that matches; did you mean host-1" in unknown.stderr
    forgotten = commands.run("series", "forget", "host-*", "--yes")
    assert (forgotten.returncode, forgotten.stdout) == (0, "forgotten  host-1\nforgotten  host-2\n")
    assert listed(commands) == {"other": ("normal", 30), "young": ("warming", 5)}
    with worker:
        for series in ("host-1", "other"):
            publish(series, 30, 3)
        wait_listed(commands, {"host-1": ("warming", 3), "other": ("normal", 33), "young": ("warming", 5)})


def test_nothing_is_deleted_where_nobody_can_be_asked(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    for arguments in (["reset"], ["topics", "delete"]):
        result = commands.run(*arguments, lines="")
        assert result.returncode == 2
        assert "--yes deletes without a question" in result.stderr
    assert len(topics_of(kafka, names)) == 5


def test_after_a_reset_a_worker_learns_from_the_first_point_again(
    commands: Commands, worker: WorkerProcess, publish: Publish, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    publish("host-1", 0, 30)
    with worker:
        wait_listed(commands, {"host-1": ("normal", 30)})
        assert commands.run("reset", "--yes").returncode == 12
        worker.terminate()
    result = commands.run("reset", "--yes", "--json")
    changelog = f"{names['app_id']}-state-changelog"
    assert json.loads(result.stdout) == {"topics": [changelog], "group": names["app_id"]}
    assert topics_of(kafka, names) == set(names.values()) - {names["app_id"]}
    assert "nothing to delete" in commands.run("reset", "--yes").stdout
    with worker:
        publish("host-1", 30, 3)
        wait_listed(commands, {"host-1": ("normal", 33)})


def test_a_reset_with_outputs_keeps_the_points_alone(
    commands: Commands, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    commands.run("reset", "--app", names["app_id"], "--outputs", "--yes").check_returncode()
    assert topics_of(kafka, names) == {names["metrics_topic"]}


def test_topics_delete_undoes_topics_create(commands: Commands, kafka: KafkaContainer, names: dict[str, str]) -> None:
    result = commands.run("topics", "delete", "--yes")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["deleted"] * 7
    assert topics_of(kafka, names) == set()
    assert "nothing to delete" in commands.run("topics", "delete", "--yes").stdout


def test_topics_are_not_deleted_under_a_worker(
    commands: Commands, worker: WorkerProcess, kafka: KafkaContainer, names: dict[str, str]
) -> None:
    with worker:
        assert commands.run("topics", "delete", "--yes").returncode == 12
    assert len(topics_of(kafka, names)) == 5
