"""`streamgauge notify test`: a test notification to one receiver."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace

from stream.cli.echo import echo
from stream.errors import DataError, SettingsError
from stream.notify.alerts.incident import Incident
from stream.notify.channels.build import build_channel
from stream.notify.channels.channel import DeliveryFailedError, DeliveryRefusedError, Earlier
from stream.notify.config.file import NotifyConfig
from stream.notify.config.receivers import AnyReceiver
from stream.notify.messages.notification import Notification, page_link


def run(config: NotifyConfig, name: str) -> None:
    """Send a made-up episode to a receiver, and its end.

    Raises
    ------
    SettingsError
        If the file has no such receiver.
    DataError
        If the receiver does not take it.
    """
    receiver = next((each for each in config.receivers if each.name == name), None)
    if receiver is None:
        known = ", ".join(each.name for each in config.receivers)
        raise SettingsError(f"expected a receiver of the file, {known}; found {name}")
    asyncio.run(_deliver(config, receiver))
    echo(f"{name} has taken the test notification, and its end")


async def _deliver(config: NotifyConfig, receiver: AnyReceiver) -> None:
    channel, opened = build_channel(receiver, config), trial_notification(config)
    try:
        reference = await channel.send(opened, Earlier())
        await channel.send(_resolved(opened), Earlier(reference))
    except (DeliveryFailedError, DeliveryRefusedError) as error:
        raise DataError(f"{receiver.name} did not take the test notification: {error}") from None
    finally:
        await channel.close()


def trial_notification(config: NotifyConfig) -> Notification:
    """Make a notification of an episode that does not exist."""
    now_ms, episode = time.time_ns() // 1_000_000, secrets.token_hex(16)
    incident = Incident(
        episode=episode,
        series="streamgauge-test/latency_ms",
        severity="minor",
        severities=["minor"],
        start=now_ms,
        newest=now_ms,
        states=["open"],
        why="a test of this receiver by streamgauge notify test: nothing is wrong",
        known_at=now_ms,
    )
    return Notification(
        id=episode,
        delivery=f"{episode}/1/new/0",
        kind="new",
        route="test",
        group={},
        incidents=(incident,),
        is_summary=False,
        is_open=True,
        link=page_link(config.page_url, incident),
        version=1,
        attention=1,
        at_ms=now_ms,
    )


def _resolved(opened: Notification) -> Notification:
    incident = opened.worst
    incident.is_open, incident.end = False, opened.at_ms
    return replace(
        opened, kind="resolved", delivery=f"{opened.id}/2/resolved/1", is_open=False, n_notified=1, version=2
    )
