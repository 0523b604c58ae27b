"""Dry run: what would have been sent, from past events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from stream.errors import DataError
from stream.events.anomalies import decode_event
from stream.notify.alerts.book import AlertBook
from stream.notify.alerts.due import Traits
from stream.notify.alerts.group import Responses
from stream.notify.alerts.routing import route_event
from stream.notify.config.file import NotifyConfig
from stream.notify.messages.notification import Notification, make_notification

WAITING_MS: Final = 1_000
"""Step of the clock while something waits to be notified."""

OPEN_MS: Final = 60_000
"""Step of the clock while something is open, for reminders."""


class PublishedEvent(NamedTuple):
    """A record of the anomalies topic: when it was published, and its value."""

    at_ms: int
    value: bytes


class PlannedDelivery(NamedTuple):
    """What would have been sent to a receiver."""

    receiver: str
    notification: Notification


def simulate(
    events: Iterable[PublishedEvent],
    config: NotifyConfig,
    traits: Mapping[str, Traits],
    answers: Responses,
    until_ms: int,
) -> Iterator[PlannedDelivery]:
    """Yield what would have been sent, in order of time.

    Parameters
    ----------
    events : iterable of PublishedEvent
        In order of time.
    traits : mapping of str to Traits
        By the receivers' names.
    until_ms : int
        Where the clock ends.
    """
    book, clock_ms = AlertBook(config, traits, answers), 0
    for event in events:
        yield from _advance(book, config, clock_ms, event.at_ms)
        clock_ms = event.at_ms
        try:
            decoded = decode_event(event.value)
        except DataError:
            continue
        for routed in route_event(decoded, event.value, config):
            book.apply(routed, clock_ms)
    yield from _advance(book, config, clock_ms, until_ms)


def _advance(book: AlertBook, config: NotifyConfig, from_ms: int, to_ms: int) -> Iterator[PlannedDelivery]:
    """Let the clock go on, in steps as large as what goes on allows."""
    now_ms = from_ms
    while now_ms < to_ms and book.groups:
        book.tick(now_ms)
        for due in list(book.due(now_ms)):
            notification = make_notification(due, config.page_url, now_ms)
            if due.kind != "refresh":
                yield PlannedDelivery(due.receiver, notification)
            book.delivered(due, notification.version, notification.attention, "", now_ms)
        book.take_changes()
        waits = any(group.record.waiting_since for group in book.groups.values())
        now_ms += WAITING_MS if waits else OPEN_MS if book.n_open() else to_ms
