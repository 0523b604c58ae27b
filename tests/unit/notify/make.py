"""Events, files and books for the tests of notifications."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from stream.control.codec import encode, key_of
from stream.control.records import ControlRecord
from stream.control.view import ControlView
from stream.events.anomalies import AnyEvent
from stream.events.episodes import EpisodeEvent, EpisodeState, Input, Model, Severity, encode_episode, episode_id
from stream.events.silences import SilenceEvent, SilenceState, encode_silence, silence_id
from stream.notify.alerts.answers import ControlAnswers
from stream.notify.alerts.book import AlertBook, DueDelivery
from stream.notify.alerts.due import Traits
from stream.notify.alerts.routing import route_event
from stream.notify.config.file import NotifyConfig
from stream.notify.messages.notification import Notification, make_notification

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

ONE_ROUTE = """
group_wait = "10s"
group_interval = "1m"
repeat_interval = "4h"
page_url = "https://gauge.example"

[[receivers]]
name = "chat"
type = "webhook"
url = "https://chat.example"

[[routes]]
receivers = ["chat"]
"""


def config_of(text: str = ONE_ROUTE) -> NotifyConfig:
    """Make a configuration from TOML, without reading secrets."""
    return NotifyConfig.model_validate(tomllib.loads(text))


def episode(
    state: EpisodeState = "open",
    series: str = "host-7/cpu",
    *,
    severity: Severity = "minor",
    at_s: int = 0,
    start_s: int = 0,
    **fields: Any,
) -> EpisodeEvent:
    """Make an event of an episode; its times are seconds after START_MS."""
    start = START_MS + 1000 * start_s
    given: dict[str, Any] = {
        "why": "jumped from 1 to 9, above the 0 to 2 seen in 4 weeks",
        "actual": 9.0,
        "expected": 1.0,
        "lower": 0.0,
        "upper": 2.0,
        "score": 3.0,
        "peak_score": 3.0,
        "direction": "above",
        "flags": [],
        **({"end": START_MS + 1000 * at_s} if state == "close" else {}),
        **fields,
    }
    return EpisodeEvent(
        series=series,
        episode=episode_id(series, start, "00"),
        state=state,
        start=start,
        timestamp=START_MS + 1000 * at_s,
        level=0.99,
        severity=severity,
        peak_severity=severity,
        model=Model("test", "1", "00"),
        input=Input("metrics", 0, 0),
        **given,
    )


def silence(state: SilenceState = "silent", series: str = "host-7/cpu", *, at_s: int = 300) -> SilenceEvent:
    """Make an event of a silence."""
    at = START_MS + 1000 * at_s
    return SilenceEvent(
        series=series,
        episode=silence_id(series, START_MS),
        state=state,
        why="no points since 14 Nov 22:13 UTC, one every 1m00s is usual",
        start=START_MS,
        timestamp=at,
        interval=60_000,
        end=at if state == "back" else UNSET,
    )


class Played:
    """A book that is played on a clock of its own.

    Parameters
    ----------
    text : str
        TOML of the configuration.
    traits : Traits
        Of every receiver.
    """

    def __init__(self, text: str = ONE_ROUTE, traits: Traits | None = None) -> None:
        self.config = config_of(text)
        self.view = ControlView()
        self._traits = {receiver.name: traits or Traits() for receiver in self.config.receivers}
        self.book = self._new_book()
        self.records: dict[str, bytes] = {}
        self.now_ms = START_MS

    def _new_book(self) -> AlertBook:
        return AlertBook(self.config, self._traits, ControlAnswers(lambda: self.view))

    def restart(self, text: str | None = None) -> None:
        """Begin anew with what was written, as after a crash."""
        if text is not None:
            self.config = config_of(text)
        self.book = self._new_book()
        self.book.restore(self.records.items())

    def answer(self, *records: ControlRecord) -> None:
        """Publish answers of people."""
        self.view = self.view.copy()
        for record in records:
            self.view.apply(key_of(record), encode(record))

    def read(self, *events: AnyEvent) -> None:
        """Apply events as they are read."""
        for event in events:
            value = encode_episode(event) if isinstance(event, EpisodeEvent) else encode_silence(event)
            for routed in route_event(event, value, self.config):
                self.book.apply(routed, self.now_ms)
        self._write()

    def after(self, seconds: float, step_s: int = 1) -> list[Notification]:
        """Let the clock go on, and deliver all that is due on the way."""
        sent, end_ms = [], self.now_ms + round(1000 * seconds)
        while True:
            sent += [self._deliver(due) for due in self.due()]
            if self.now_ms >= end_ms:
                return sent
            self.now_ms = min(self.now_ms + 1000 * step_s, end_ms)

    def due(self) -> Sequence[DueDelivery]:
        """Tick, and return what is due."""
        self.book.tick(self.now_ms)
        self._write()
        return list(self.book.due(self.now_ms))

    def _deliver(self, due: DueDelivery) -> Notification:
        notification = make_notification(due, self.config.page_url, self.now_ms)
        self.book.delivered(due, notification.version, notification.attention, "reference", self.now_ms)
        self._write()
        return notification

    def _write(self) -> None:
        for key, value in self.book.take_changes().items():
            if value is None:
                self.records.pop(key, None)
            else:
                self.records[key] = value


def notification_of(*events: AnyEvent, text: str = ONE_ROUTE) -> Notification:
    """Return the first notification of events that come at once."""
    played = Played(text)
    played.read(*events)
    return played.after(10)[0]
