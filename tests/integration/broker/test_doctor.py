"""The doctor and a broker that goes away while it is examined."""

from __future__ import annotations

import pytest

from stream.cli.doctor import command
from stream.kafka import connection
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings


def test_a_broker_that_goes_away_after_the_connection_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        admin = connection.connect(settings)
    monkeypatch.setattr(command, "open_connection", lambda settings, log: admin)
    last = list(command.examine(settings))[-1]
    assert (last.about, last.level, last.exit_code) == ("broker", "fail", 3)
    assert "look into its log, then try again" in last.text
