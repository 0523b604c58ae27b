"""Lanes of the dispatcher, with a channel that fails as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import stamina

from stream.control.view import ControlView
from stream.events.episodes import EpisodeEvent, encode_episode
from stream.notify.alerts.answers import ControlAnswers
from stream.notify.alerts.book import AlertBook
from stream.notify.alerts.due import Traits
from stream.notify.alerts.routing import route_event
from stream.notify.channels.channel import DeliveryFailedError, DeliveryRefusedError, Earlier
from stream.notify.messages.notification import Notification
from stream.worker.notify.dispatcher import Dispatcher, now_ms
from stream.worker.notify.metrics import NotifyMetrics
from tests.unit.notify.make import ONE_ROUTE, config_of, episode

AT_ONCE = ONE_ROUTE.replace('"10s"', '"0s"').replace('"1m"', '"0s"')


@pytest.fixture(autouse=True)
def without_waits() -> Iterator[None]:
    """Let retries follow at once."""
    with stamina.set_testing(True, attempts=3):
        yield


class ScriptedChannel:
    """A channel that raises what it is given, one a try, before it takes anything."""

    traits = Traits()

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[Notification] = []
        self.earlier: list[Earlier] = []

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Fail, or take the notification."""
        self.earlier.append(earlier)
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(notification)
        return "reference"

    async def close(self) -> None:
        """Close nothing."""


class Outlet:
    """Keeps what is written, in order."""

    def __init__(self, book: AlertBook) -> None:
        self._book = book
        self.n_written = 0
        self.put_asides: list[tuple[str, str]] = []

    async def persist(self) -> None:
        """Count the records that changed."""
        self.n_written += len(self._book.take_changes())

    async def put_aside(self, notification: Notification, receiver: str, reason: str, detail: str) -> None:
        """Keep the reason."""
        self.put_asides.append((reason, detail))


def dispatcher_of(channel: ScriptedChannel, metrics: NotifyMetrics) -> tuple[Dispatcher, AlertBook, Outlet]:
    """Make a dispatcher with one receiver, `chat`."""
    config = config_of(AT_ONCE)
    book = AlertBook(config, {"chat": channel.traits}, ControlAnswers(ControlView().copy))
    outlet = Outlet(book)
    return Dispatcher(book, {"chat": channel}, config, outlet, metrics, None), book, outlet


def dispatch(channel: ScriptedChannel, *events: EpisodeEvent) -> tuple[AlertBook, Outlet]:
    """Apply events one by one, and run a dispatcher until each has been taken or given up."""
    dispatcher, book, outlet = dispatcher_of(channel, NotifyMetrics())

    async def play() -> None:
        dispatcher.resume()
        for event in events:
            for routed in route_event(event, encode_episode(event), config_of(AT_ONCE)):
                book.apply(routed, now_ms())
            await dispatcher.turn()
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        await dispatcher.pause()

    asyncio.run(play())
    return book, outlet


def test_what_fails_is_tried_again_until_it_is_taken() -> None:
    channel = ScriptedChannel(DeliveryFailedError("no answer"), DeliveryFailedError("busy", 0.0))

    _, outlet = dispatch(channel, episode())

    assert [notification.kind for notification in channel.taken] == ["new"]
    assert outlet.put_asides == []


def test_a_second_try_says_since_when_it_was_tried() -> None:
    channel = ScriptedChannel(DeliveryFailedError("no answer"))

    dispatch(channel, episode())

    assert [bool(earlier.tried_at) for earlier in channel.earlier] == [False, True]


def test_changes_of_a_notification_follow_each_other_with_the_reference_of_the_first() -> None:
    channel = ScriptedChannel()

    dispatch(channel, episode(), episode("close", at_s=60))

    assert [notification.kind for notification in channel.taken] == ["new", "resolved"]
    assert channel.earlier[1].reference == "reference"


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([DeliveryRefusedError("HTTP 410")], ("refused", "HTTP 410")),
        ([DeliveryFailedError("no answer")] * 3, ("expired", "no answer")),
        ([ValueError("https://secret")], ("refused", "the channel failed: ValueError")),
    ],
)
def test_what_is_given_up_is_put_aside_and_what_comes_next_is_delivered(
    errors: list[Exception], expected: tuple[str, str]
) -> None:
    channel = ScriptedChannel(*errors)

    _, outlet = dispatch(channel, episode(), episode("close", at_s=60))

    assert outlet.put_asides == [expected]
    assert [notification.kind for notification in channel.taken] == ["resolved"]


def test_the_counters_of_a_receiver_begin_at_0_so_that_prometheus_sees_the_first_loss_increase() -> None:
    metrics = NotifyMetrics()

    dispatcher_of(ScriptedChannel(), metrics)

    value = metrics.registry.get_sample_value
    chat = {"receiver": "chat"}
    assert value("streamgauge_notification_failures_total", chat) == 0
    for reason in ("refused", "expired"):
        assert value("streamgauge_notification_dead_letters_total", chat | {"reason": reason}) == 0
