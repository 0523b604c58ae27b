from __future__ import annotations

from stream.control.view import ControlView
from stream.events.episodes import EpisodeEvent, encode_episode
from stream.notify.alerts.answers import ControlAnswers
from stream.notify.alerts.due import Traits
from stream.notify.dry_run import PublishedEvent, simulate
from tests.unit.notify.make import HOUR_MS, START_MS, config_of, episode


def published(event: EpisodeEvent) -> PublishedEvent:
    """Publish an event at its own time."""
    return PublishedEvent(event.timestamp, encode_episode(event))


def test_a_dry_run_tells_what_would_have_been_sent_and_when() -> None:
    events = [
        published(episode()),
        PublishedEvent(START_MS + 5_000, b"no event"),
        published(episode("update", severity="critical", at_s=300, reason="worse")),
        published(episode("close", severity="critical", at_s=20_000)),
    ]

    answers = ControlAnswers(ControlView().copy)
    planned = list(simulate(events, config_of(), {"chat": Traits()}, answers, START_MS + 100 * HOUR_MS))

    found = [(delivery.notification.kind, (delivery.notification.at_ms - START_MS) // 1000) for delivery in planned]
    assert found == [("new", 10), ("again", 310), ("reminder", 14_710), ("resolved", 20_010)]
