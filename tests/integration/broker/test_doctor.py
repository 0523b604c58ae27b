"""The doctor and a broker that goes away while it is examined."""

from __future__ import annotations

import pytest

from stream.cli.doctor import command
from stream.cli.doctor.group import examine_replication
from stream.cli.doctor.known_series import examine_rules
from stream.control.publisher import ControlPublisher
from stream.control.records import ControlRule
from stream.kafka import connection
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.rules import parse_rule
from stream.settings.settings import Settings


def test_a_broker_that_goes_away_after_the_connection_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        admin = connection.connect(settings)
    monkeypatch.setattr(command, "open_connection", lambda settings, log: admin)
    last = list(command.examine(settings))[-1]
    assert (last.about, last.level, last.exit_code) == ("broker", "fail", 3)
    assert "look into its log, then try again" in last.text


def test_rules_of_the_control_topic_that_match_no_series_are_warned_of_as_those_of_the_settings() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings(rules=(parse_rule({"match": "host-8/*", "direction": "above"}),)))
        with ControlPublisher(settings) as publisher:
            for name, rule in {"r1": {"match": "host-7/*"}, "r2": {"match": "host-9/*"}}.items():
                publisher.publish(ControlRule(by="ann", at=0, name=name, rule=rule | {"sensitivity": "low"}))
        found = list(examine_rules(settings, [b"host-7/cpu"], is_all=True))
    assert [finding.level for finding in found] == ["warn"] * 2
    assert found[0].text.startswith("rule r2 of the control topic (match = 'host-9/*') matches no series: ")
    assert found[1].text.startswith("rule 1 (match = 'host-8/*') matches no series: did you mean host-7/cpu?")


def test_without_a_control_topic_the_rules_of_the_settings_are_compared() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings(rules=(parse_rule({"match": "host-7/*", "direction": "above"}),)))
        settings = settings.model_copy(update={"control_topic": "not-there"})
        found = list(examine_rules(settings, [b"host-7/cpu"], is_all=True))
    assert [(finding.level, finding.text) for finding in found] == [("ok", "each of 1 matches a series")]


def test_one_broker_is_told_of_and_is_no_warning() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        with connection.connect(settings) as admin:
            finding = examine_replication(admin, [settings.metrics_topic])
    assert (finding.level, finding.text.partition(":")[0]) == ("ok", "one broker")
