from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from stream.cli import main
from stream.control.codec import ControlRecordError
from stream.control.publisher import ControlPublisher
from stream.control.reader import ControlReader, read_control
from stream.control.records import ControlRule, Mute
from stream.control.view import ControlView
from stream.errors import BrokerUnreachableError
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings
from stream.settings.sources import to_environment

MUTE = Mute(by="ann", at=0, id="m1", match="host-7/*", until=10)
RULE = ControlRule(by="ann", at=0, name="r1", rule={"match": "host-7/*", "sensitivity": "low"})


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        yield broker.with_topics(Settings())


def test_what_is_published_is_in_force_for_a_follower_and_for_a_single_read(settings: Settings) -> None:
    views: queue.Queue[ControlView] = queue.Queue()
    with ControlReader(settings, views.put) as reader, ControlPublisher(settings) as publisher:
        reader.wait_until_read(30)
        assert list(views.get(timeout=1)) == []
        publisher.publish(MUTE)
        assert list(views.get(timeout=10)) == [MUTE]
        publisher.publish(RULE)
        assert views.get(timeout=10).rules == (RULE,)
        assert list(read_control(settings)) == [MUTE, RULE]
        publisher.remove(b"mute/m1")
        assert list(views.get(timeout=10)) == [RULE]
        assert list(reader.view) == [RULE]


def test_an_invalid_record_is_refused_before_it_is_sent(settings: Settings) -> None:
    before = list(read_control(settings))
    with ControlPublisher(settings) as publisher, pytest.raises(ControlRecordError, match="transform: expected"):
        publisher.publish(ControlRule(by="ann", at=0, name="r2", rule={"match": "*", "transform": "cube"}))
    assert list(read_control(settings)) == before


def test_a_reader_ignores_what_another_program_wrote_wrongly(settings: Settings) -> None:
    producer = KafkaProducer(**producer_options(settings))
    producer.send(settings.control_records, key=b"mute/m9", value=b"no JSON", partition=0).get(timeout=10)
    producer.close()
    view = read_control(settings)
    assert view.n_invalid == 1
    assert "m9" not in view.mutes


def test_a_reader_without_a_broker_says_why_it_has_nothing() -> None:
    with ControlReader(Settings(brokers="127.0.0.1:1")) as reader, pytest.raises(BrokerUnreachableError) as error:
        reader.wait_until_read(1.0)
    assert "topic streamgauge-control was not read within 1 s: " in str(error.value)


def test_the_commands_set_list_and_remove(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in to_environment(settings).items():
        monkeypatch.setenv(name, text)

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    run("rules", "set", "quiet", "--match", "host-7/*", "--for", "5m", "--by", "ann", "--why", "noisy")
    ours = [rule for rule in run("rules", "list") if rule["name"] == "quiet"]
    assert [(rule["source"], rule["rule"], rule["by"]) for rule in ours] == [
        ("control", {"match": "host-7/*", "for": "5m"}, "ann")
    ]
    assert run("rules", "remove", "quiet") == {"name": "quiet", "removed": True}
    muted = run("mute", "host-8/*", "2h")
    assert [(mute["id"], mute["until"] - mute["at"]) for mute in run("mutes")] == [(muted["id"], 7_200_000)]
    assert run("unmute", muted["id"])["removed"]
    assert run("mutes") == []
