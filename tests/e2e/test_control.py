"""The control topic: rules and verdicts that workers obey at once, and after kill -9 from the same offset on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from stream.control.publisher import ControlPublisher
from stream.control.records import ControlRule
from stream.formats.state.rules import RULES_KEY, open_rules
from stream.settings.settings import Settings
from tests.e2e.commands import Commands
from tests.e2e.crowd import START_MS, STEP_MS, Crowd, Publisher
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names

IN_FORCE_S = 2.0
"""Seconds after which a change is promised to be in force on every worker."""

CROWD = Crowd(n_keys=40, n_points=150, fault_rate=0.01)
RATE = 400.0
HALF_HOUR_MS = 1_800_000
WEEK = 336
EVENT = 3 * WEEK - 100
"""Points of half an hour in a week, and where in the third week an anomaly begins."""

Messages = list[tuple[bytes | None, bytes | None]]
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def streamgauge(kafka: KafkaContainer, names: Names) -> Command:
    """Return what runs a command with --json for the test's application, and reads what it printed."""

    def run(*arguments: str) -> dict[str, Any]:
        done = Commands(kafka.bootstrap, names).run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    return run


def message(series: str, timestamp_ms: int, value: float) -> tuple[bytes, bytes]:
    body = {"series": series, "timestamp": timestamp_ms, "value": value}
    return series.encode(), json.dumps(body).encode()


def rounds(first: int, n: int) -> Messages:
    """Return points of sixteen series."""
    return [
        message(f"host-{at}/load", START_MS + t * STEP_MS, 100.0) for t in range(first, first + n) for at in range(16)
    ]


def scores_of(kafka: KafkaContainer, topic: str) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the score of each point; a crash may repeat some, and then they are equal."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for record in read_all(kafka.bootstrap, topic):
        score = json.loads(record.value)
        assert found.setdefault((score["series"], score["timestamp"]), score) == score
    return found


def episodes_of(kafka: KafkaContainer, topic: str) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in read_all(kafka.bootstrap, topic)]


def test_a_rule_is_in_force_on_two_workers_within_two_seconds_and_without_a_restart(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, streamgauge: Command
) -> None:
    transforms: list[set[str | None]] = []
    with make_worker("one") as one, make_worker("two") as two:
        for change in ([], ["set", "logs", "--match", "host-*", "--transform", "log"], ["remove", "logs"]):
            if change:
                streamgauge("rules", *change)
                time.sleep(IN_FORCE_S)
            first = 3 * len(transforms)
            produce(kafka.bootstrap, names["metrics_topic"], rounds(first, 3))
            consume(kafka.bootstrap, names["scores_topic"], 16 * (first + 3))
            transforms.append(transforms_from(kafka, names["scores_topic"], START_MS + first * STEP_MS))
        assert [len(worker.events("rules in force")) for worker in (one, two)] == [2, 2]
    assert transforms == [{None}, {"log"}, {None}]


def transforms_from(kafka: KafkaContainer, topic: str, timestamp_ms: int) -> set[str | None]:
    """Return the transforms of the points since a time."""
    found = scores_of(kafka, topic).items()
    return {score.get("transform") for (_, at), score in found if at >= timestamp_ms}


def changed_at(kafka: KafkaContainer, changelog: str) -> int:
    """Return the offset from which the newest rules hold."""
    values = [record.value for record in read_all(kafka.bootstrap, changelog) if record.key == RULES_KEY]
    return max(open_rules(value)[1] for value in values)


def set_rules(kafka: KafkaContainer, app_id: str) -> None:
    """Set two rules at once, without the time that a command takes to start."""
    quiet, logs = {"match": "*", "sensitivity": "low"}, {"match": "host-00*", "transform": "log"}
    with ControlPublisher(Settings(brokers=kafka.bootstrap, app_id=app_id)) as publisher:
        publisher.publish(ControlRule(by="a test", at=0, name="quiet", rule=quiet))
        publisher.publish(ControlRule(by="a test", at=0, name="logs", rule=logs))


def test_kill_9_around_a_change_of_rules_changes_no_score_and_no_episode(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    with make_worker("victim", partitions="1") as worker:
        publisher = Publisher(CROWD.messages(), kafka.bootstrap, names["metrics_topic"], RATE)
        time.sleep(4)
        set_rules(kafka, names["app_id"])
        for pause_s in (1.0, 0.5):
            time.sleep(pause_s)
            worker.kill9()
            worker.start()
            worker.wait_ready()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    at = changed_at(kafka, names["app_id"] + "-state-changelog")
    messages = [(record.key, record.value) for record in read_all(kafka.bootstrap, names["metrics_topic"])]
    assert 0 < at < len(messages)
    calm = undisturbed(kafka, names, make_worker, (messages[:at], messages[at:]))
    scores = scores_of(kafka, names["scores_topic"])
    assert len(scores) == len(messages)
    assert scores == scores_of(kafka, calm["scores_topic"])
    found, expected = (set(ids(episodes_of(kafka, each["anomalies_topic"]))) for each in (names, calm))
    assert len(expected) > 20
    assert found == expected


def undisturbed(kafka: KafkaContainer, names: Names, make_worker: MakeWorker, parts: Iterable[Messages]) -> Names:
    """Let a worker score the first part, change its rules, and score the second."""
    calm = {name: f"{value}-calm" for name, value in names.items()}
    with make_worker("calm", partitions="1", **calm):
        for number, part in enumerate(parts):
            if number:
                set_rules(kafka, calm["app_id"])
                time.sleep(IN_FORCE_S)
            produce(kafka.bootstrap, calm["metrics_topic"], part)
            wait_drained(kafka.bootstrap, calm["metrics_topic"], calm["app_id"])
    return calm


def ids(episodes: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, int, float]]:
    """Return what makes an event the same in two runs."""
    for event in episodes:
        yield event["episode"], event["state"], event["timestamp"], event["score"]


def weekly(series: str, weeks: slice) -> Messages:
    """Return points of a load with an anomaly at the same time of the third and of the fourth week."""
    points = np.arange(4 * WEEK)
    values = 50 + 5 * np.sin(2 * np.pi * points / 48) + np.random.default_rng(3).normal(0, 1, len(points))
    for start in (EVENT, EVENT + WEEK):
        values[start : start + 6] += 12
    chosen = points[weeks.start * WEEK : weeks.stop * WEEK]
    return [message(series, START_MS + at * HALF_HOUR_MS, values[at]) for at in chosen.tolist()]


def test_verdicts_change_what_is_published_and_a_mute_changes_nothing(
    kafka: KafkaContainer, names: Names, make_worker: MakeWorker, streamgauge: Command
) -> None:
    series, anomalies = ("kept", "undone", "false", "plain"), names["anomalies_topic"]
    with make_worker("judge"):
        produce(
            kafka.bootstrap, names["metrics_topic"], [each for name in series for each in weekly(name, slice(0, 3))]
        )
        consume(kafka.bootstrap, names["scores_topic"], 4 * 3 * WEEK)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
        first = {event["series"]: event["episode"][:12] for event in opened_from(kafka, anomalies, EVENT)}
        for name, verdict in (("kept", "expected"), ("undone", "expected"), ("undone", "none"), ("false", "false")):
            streamgauge("verdict", first[name], verdict)
        muted = streamgauge("mute", "*", "2h", "--why", "a test")
        streamgauge("ack", first["plain"])
        time.sleep(IN_FORCE_S)
        produce(
            kafka.bootstrap, names["metrics_topic"], [each for name in series for each in weekly(name, slice(3, 4))]
        )
        consume(kafka.bootstrap, names["scores_topic"], 4 * 4 * WEEK)
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    again = {event["series"] for event in opened_from(kafka, anomalies, EVENT + WEEK)}
    assert {"undone", "plain"} <= again <= {"undone", "plain", "false"}
    found = scores_of(kafka, names["scores_topic"])
    points = [START_MS + (EVENT + WEEK + at) * HALF_HOUR_MS for at in range(6)]
    kept, undone, false, plain = ([found[name, at] for at in points] for name in series)
    assert {score["state"] for score in kept} <= {"normal", "suppressed"}
    assert [score["score"] for score in undone] == [score["score"] for score in plain]
    assert max(score["score"] for score in false) < max(score["score"] for score in plain)
    assert streamgauge("unmute", muted["id"][:4])["removed"]


def opened_from(kafka: KafkaContainer, topic: str, point: int) -> list[dict[str, Any]]:
    """Return the open events of episodes that began within three hours of a point."""
    near_ms = START_MS + point * HALF_HOUR_MS
    events = episodes_of(kafka, topic)
    return [event for event in events if event["state"] == "open" and abs(event["start"] - near_ms) <= 6 * HALF_HOUR_MS]
