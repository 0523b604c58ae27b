"""Notification: what one receiver gets at one time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec

from stream.events.episodes import SEVERITIES, Severity
from stream.notify.alerts.book import DueDelivery
from stream.notify.alerts.due import DeliveryKind
from stream.notify.alerts.incident import Incident

Draw = Callable[[], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One delivery's content."""

    id: str
    """The episode's id, or that of a summary; the same for the whole course."""
    delivery: str
    """Id of this delivery: the same when it is tried again."""
    kind: DeliveryKind
    """Why it is sent."""
    route: str
    group: Mapping[str, str]
    incidents: tuple[Incident, ...]
    """The worst first, then the newest; those that are open before those that are closed."""
    is_summary: bool
    is_open: bool
    acked_by: str = ""
    """Who acknowledged it; empty unless all that is open is acknowledged."""
    link: str | None = None
    """Address on the live page."""
    version: int
    attention: int
    """Up to which changes it tells."""
    n_notified: int = 0
    """How many deliveries of it a person has noticed before."""
    at_ms: int
    draw: Draw | None = None
    """Draws the series as PNG, or returns None where there is nothing to draw; takes seconds."""

    @property
    def worst(self) -> Incident:
        """The first of its incidents."""
        return self.incidents[0]

    @property
    def severity(self) -> Severity:
        """The highest severity of its incidents."""
        return max((incident.severity for incident in self.incidents), key=SEVERITIES.index)

    @property
    def n_open(self) -> int:
        """How many of its incidents are open."""
        return sum(incident.is_open for incident in self.incidents)


def make_notification(due: DueDelivery, page_url: str | None, now_ms: int, draw: Draw | None = None) -> Notification:
    """Make what is to be delivered, as it is now."""
    group, record = due.group, due.notification
    members = sorted(group.members()[record.id], key=_rank)
    still_open = [incident for incident in members if incident.is_open]
    acked = {incident.acked_by for incident in still_open}
    delivered = record.deliveries.get(due.receiver)
    n_notified = 0 if delivered is None else delivered.n_notified
    return Notification(
        id=record.id,
        delivery=f"{record.id}/{record.released}/{due.kind}/{n_notified}",
        kind=due.kind,
        route=group.record.route,
        group=group.record.labels,
        incidents=tuple(msgspec.structs.replace(incident) for incident in members),
        is_summary=record.is_summary,
        is_open=bool(still_open),
        acked_by="" if "" in acked or not acked else ", ".join(sorted(acked)),
        link=page_link(page_url, members[0]),
        version=record.released,
        attention=record.released_attention,
        n_notified=n_notified,
        at_ms=now_ms,
        draw=draw,
    )


def page_link(page_url: str | None, incident: Incident) -> str | None:
    """Return the address of a series or feature, and moment, on the page."""
    if page_url is None:
        return None
    feature = {} if incident.feature is None else {"feature": incident.feature}
    query = {"series": incident.series, **feature, "at": incident.start}
    return f"{page_url}/?{urlencode(query, quote_via=quote, safe='')}"


def _rank(incident: Incident) -> tuple[bool, int, int]:
    return not incident.is_open, -SEVERITIES.index(incident.severity), -incident.start
