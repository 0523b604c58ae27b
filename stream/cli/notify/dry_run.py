"""What `streamgauge notify check` shows: the file, and what would have been delivered."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

import click

from stream.cli.echo import echo
from stream.control.reader import read_control
from stream.control.view import ControlView
from stream.errors import TopicError
from stream.events.episodes import SEVERITIES, Severity
from stream.events.text import format_duration
from stream.kafka.connection import open_connection
from stream.kafka.follower import Follower
from stream.kafka.topics.creation import require
from stream.kafka.topics.offset_range import Moment
from stream.notify.alerts.answers import ControlAnswers
from stream.notify.alerts.incident import IncidentKind
from stream.notify.alerts.routing import first_matches, labels_of
from stream.notify.channels.build import build_channels
from stream.notify.config.file import NotifyConfig
from stream.notify.dry_run import PlannedDelivery, PublishedEvent, simulate
from stream.notify.messages.text import body_lines, body_of, headline
from stream.settings.settings import Settings

INDENT = 4


def overview(config: NotifyConfig) -> Iterator[str]:
    """Yield a line for each receiver and each route."""
    for receiver in config.receivers:
        secrets = ", ".join(str(secret) for secret in receiver.secrets())
        yield f"receiver {receiver.name}: {receiver.type}{f', secret in {secrets}' if secrets else ''}"
    for route in config.routes:
        grouping = route.grouping(config)
        labels = ", ".join(grouping.group_by) or "all together"
        wait, interval, repeat = (
            format_duration(span) for span in (grouping.group_wait, grouping.group_interval, grouping.repeat_interval)
        )
        yield (
            f"route {route.key} to {', '.join(route.receivers)}{', and on' if route.continue_ else ''}: "
            f"by {labels}; wait {wait}, interval {interval}, repeat {repeat}"
        )
    yield f"good: {len(config.receivers)} receivers, {len(config.routes)} routes, all secrets are there"


def receivers_of(config: NotifyConfig, series: str, feature: str | None) -> Iterator[str]:
    """Yield to whom a series goes, at each severity and when silent."""
    for severity in SEVERITIES:
        yield f"{severity}: {_receivers(config, series, feature, 'anomaly', severity)}"
    yield f"silent: {_receivers(config, series, feature, 'silence', config.silence_severity)}"


def _receivers(config: NotifyConfig, series: str, feature: str | None, kind: IncidentKind, severity: Severity) -> str:
    labels = labels_of(series, feature, kind)
    matching = [route for route in config.routes if route.matches(series, feature, kind, labels)]
    routes = first_matches(matching, severity)
    return "; ".join(f"{', '.join(route.receivers)} (route {route.key})" for route in routes) or "nobody"


def run(settings: Settings, config: NotifyConfig, since: Moment, *, as_json: bool) -> None:
    """Read the events since a moment, and print the notifications."""
    with open_connection(settings, partial(echo, err=True)) as admin:
        require(admin, settings.anomalies_topic, settings)
    with Follower(settings, settings.anomalies_topic, since) as follower:
        events = [PublishedEvent(record.timestamp, record.value or b"") for record in follower.catch_up()]
    events.sort(key=lambda event: event.at_ms)
    traits = {name: channel.traits for name, channel in build_channels(config).items()}
    planned = simulate(events, config, traits, _answers(settings), time.time_ns() // 1_000_000)
    counts = _print_all(planned, config, as_json=as_json)
    each = ", ".join(f"{name} {n:,}" for name, n in counts.most_common())
    echo(f"{counts.total():,} notifications of {len(events):,} events{f': {each}' if each else ''}", err=as_json)


def _answers(settings: Settings) -> ControlAnswers:
    """Read the answers in force now; none without a control topic."""
    try:
        view = read_control(settings)
    except TopicError:
        return ControlAnswers(ControlView().copy)
    return ControlAnswers(lambda: view)


def _print_all(planned: Iterable[PlannedDelivery], config: NotifyConfig, *, as_json: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for delivery in planned:
        counts[delivery.receiver] += 1
        if as_json:
            body = {"receiver": delivery.receiver, "at": delivery.notification.at_ms}
            click.echo(json.dumps(body | body_of(delivery.notification, config.page_url), ensure_ascii=False))
        else:
            _print(delivery)
    return counts


def _print(delivery: PlannedDelivery) -> None:
    notification = delivery.notification
    moment = datetime.fromtimestamp(notification.at_ms / 1000, UTC)
    echo(f"{moment:%d %b %H:%M:%S}  {delivery.receiver}, {notification.kind}: {headline(notification)}", indent=INDENT)
    for line in body_lines(notification):
        echo(f"{'':{INDENT}}{line}", indent=INDENT)
