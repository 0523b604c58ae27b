from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from stream.cli import main
from stream.control.codec import ControlRecordError, key_of
from stream.control.publisher import ControlPublisher
from stream.control.reader import ControlReader, read_control
from stream.control.records import Ack, ControlRule, Mute
from stream.control.view import ControlView
from stream.errors import BrokerUnreachableError
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.page.answers import AnswerSender, MuteRequest
from stream.page.board import Board
from stream.page.store import PageStore
from stream.settings.settings import Settings
from stream.settings.sources import to_environment

MUTE = Mute(by="ann", at=0, id="m1", match="host-7/*", until=10)
OLD_ACK = Ack(by="ann", at=0, episode="0123456789abcdef0123456789abcdef", series="host-7/cpu")
RULE = ControlRule(by="ann", at=0, name="r1", rule={"match": "host-7/*", "sensitivity": "low"})


def run_command(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    for name, text in to_environment(settings).items():
        monkeypatch.setenv(name, text)
    done = CliRunner().invoke(main, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


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


def test_who_answers_on_the_page_removes_what_has_expired_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    lasting = Mute(by="ann", at=0, id="m2", match="host-9/*", until=1 << 50)
    with ControlPublisher(settings) as publisher:
        for record in (MUTE, RULE, lasting, OLD_ACK):
            publisher.publish(record)
        board = Board(PageStore(tmp_path))
        board.show_control(read_control(settings))
        AnswerSender(settings, board).send(MuteRequest(match="host-10/*", minutes=5), "bob")
        view = read_control(settings)
        assert (view.rules, view.acks) == ((RULE,), {})
        assert [mute.match for mute in view.mutes.values()] == ["host-9/*", "host-10/*"]
        publisher.remove(*map(key_of, view))
    assert list(read_control(settings)) == []


@pytest.mark.parametrize("arguments", [("mute", "host-11/*", "2h"), ("unmute", "m3")])
def test_a_command_for_mutes_removes_what_has_expired(
    settings: Settings, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting = Mute(by="ann", at=0, id="m3", match="host-9/*", until=1 << 50)
    with ControlPublisher(settings) as publisher:
        for record in (MUTE, OLD_ACK, lasting):
            publisher.publish(record)
        run_command(settings, monkeypatch, *arguments)
        view = read_control(settings)
        assert (view.acks, "m1" in view.mutes) == ({}, False)
        publisher.remove(*map(key_of, view))


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
    run = partial(run_command, settings, monkeypatch)
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
