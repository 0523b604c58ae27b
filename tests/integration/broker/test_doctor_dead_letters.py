"""The doctor counts messages that were dead-lettered, on a broker inside this process."""

from __future__ import annotations

import pytest

from stream.cli.doctor import dead_letters
from stream.cli.doctor.dead_letters import examine_dead_letters
from stream.formats.rejections import Reason
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.settings import Settings
from tests.integration.broker.test_dlq import TELEGRAF, Sent, publish, run

FLAT = [Sent(Reason.MISSING_FIELD, at, TELEGRAF) for at in range(97)]
AHEAD = [Sent(Reason.TIMESTAMP_FUTURE, at) for at in range(100, 103)]


def test_none_is_fine() -> None:
    with EmbeddedBroker() as broker:
        (finding,) = examine_dead_letters(broker.with_topics(Settings()), "beginning")
    assert (finding.level, finding.exit_code) == ("ok", 0)


def test_they_are_a_failure_with_shares_an_example_and_what_to_do_and_clocks_are_named() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        publish(settings, FLAT + AHEAD)
        counted, clocks = examine_dead_letters(settings, "beginning")
    assert (counted.level, counted.exit_code) == ("fail", 14)
    assert counted.text.startswith(
        "100 messages were dead-lettered ever, not scored: 97% missing_field, 3% timestamp_future; e.g. metrics/3@96; "
        "looks like Telegraf JSON: "
    )
    assert clocks.level == "warn"
    assert clocks.text.startswith("ahead of the worker's clock: 1 series, host-7; ")


def test_once_they_are_replayed_all_is_well() -> None:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        publish(settings, AHEAD)
        assert run(settings, "replay", "--yes").exit_code == 0
        (finding,) = examine_dead_letters(settings, "beginning")
    assert finding.level == "ok"


def test_of_very_many_the_newest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "MOST_READ", 40)
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        publish(settings, FLAT)
        (finding,) = examine_dead_letters(settings, "beginning")
    assert finding.text.startswith("more than ")
    assert "100% missing_field" in finding.text
