"""Notifications as text for people, and as a JSON body for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec

from stream.events.episodes import SEVERITIES
from stream.events.text import display_name, format_duration, format_number, format_time
from stream.formats.rejections import excerpt
from stream.notify.alerts.incident import Incident
from stream.notify.messages.notification import Notification, page_link

MAX_NAME: Final = 150
"""Characters of a series' name in a headline."""

MAX_WHY: Final = 400
N_LISTED: Final = 10
"""Incidents that a summary lists."""

VERSION: Final = 1
"""Of the JSON; a new field does not change it."""

MAX_INCIDENTS: Final = 500
"""Incidents of a summary that are written out."""

_encode = msgspec.json.Encoder().encode


def headline(notification: Notification) -> str:
    """Return the first line: state, severity, and what."""
    state = "RESOLVED" if not notification.is_open else notification.severity.upper()
    if notification.kind == "reminder":
        state = f"{state}, still open"
    if not notification.is_summary:
        return f"[{state}] {incident_name(notification.worst)}"
    n, n_open = len(notification.incidents), notification.n_open
    left = f", {n_open:,} open" if 0 < n_open < n else ""
    group = ", ".join(f"{name}={text}" for name, text in notification.group.items())
    return f"[{state}] {n:,} series{left}{f' ({excerpt(group, MAX_NAME)})' if group else ''}"


def incident_name(incident: Incident) -> str:
    """Return the series, and its feature."""
    return excerpt(display_name(incident.series, incident.feature), MAX_NAME)


def body_lines(notification: Notification) -> list[str]:
    """Return the lines below the headline."""
    if notification.is_summary:
        return [*_summary_lines(notification), *_ack(notification)]
    incident = notification.worst
    reason = [excerpt(incident.why, MAX_WHY)] if incident.why else []
    return [*reason, course(incident, notification.at_ms), *_ack(notification)]


def course(incident: Incident, now_ms: int) -> str:
    """Return since when it lasts, or how long it lasted."""
    since = f"{format_time(incident.start)} UTC"
    if not incident.is_open and incident.end is not None:
        return f"from {since} for {format_duration(max(0, incident.end - incident.start))}; over"
    score = "" if incident.score is None else f", score {format_number(incident.score, 3)}"
    return f"{incident.severity} since {since}, {format_duration(max(0, now_ms - incident.start))} ago{score}"


def _summary_lines(notification: Notification) -> list[str]:
    counts = Counter(incident.severity for incident in notification.incidents if incident.is_open)
    open_now = ", ".join(f"{counts[severity]:,} {severity}" for severity in reversed(SEVERITIES) if counts[severity])
    listed = [_listed(incident) for incident in notification.incidents[:N_LISTED]]
    more = len(notification.incidents) - N_LISTED
    rest = [f"and {more:,} more"] if more > 0 else []
    return [*([f"open: {open_now}"] if open_now else []), *listed, *rest]


def _listed(incident: Incident) -> str:
    state = incident.severity if incident.is_open else "over"
    why = f": {excerpt(incident.why, MAX_WHY)}" if incident.why else ""
    return f"{state} {incident_name(incident)}{why}"


def _ack(notification: Notification) -> list[str]:
    return [f"acknowledged by {excerpt(notification.acked_by, 100)}"] if notification.acked_by else []


def encode_body(notification: Notification, page_url: str | None) -> bytes:
    """Encode a notification as JSON."""
    return _encode(body_of(notification, page_url))


def body_of(notification: Notification, page_url: str | None) -> dict[str, Any]:
    """Return the JSON of a notification as a dictionary."""
    return {
        "version": VERSION,
        "id": notification.id,
        "delivery": notification.delivery,
        "kind": notification.kind,
        "status": "open" if notification.is_open else "resolved",
        "severity": notification.severity,
        "title": headline(notification),
        "route": notification.route,
        "group": dict(notification.group),
        "is_summary": notification.is_summary,
        "acknowledged_by": notification.acked_by or None,
        "link": notification.link,
        "n_incidents": len(notification.incidents),
        "n_open": notification.n_open,
        "incidents": [_incident(each, page_url) for each in notification.incidents[:MAX_INCIDENTS]],
    }


def _incident(incident: Incident, page_url: str | None) -> dict[str, Any]:
    return {
        "episode": incident.episode,
        "series": incident.series,
        "feature": incident.feature,
        "kind": incident.kind,
        "status": "open" if incident.is_open else "resolved",
        "severity": incident.severity,
        "start": incident.start,
        "end": incident.end,
        "why": incident.why,
        "score": incident.score,
        "actual": incident.actual,
        "expected": incident.expected,
        "lower": incident.lower,
        "upper": incident.upper,
        "direction": incident.direction,
        "acknowledged_by": incident.acked_by or None,
        "link": page_link(page_url, incident),
    }
