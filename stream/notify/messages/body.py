"""Notifications as JSON: of webhooks and dead letters."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from stream.notify.alerts.incident import Incident
from stream.notify.messages.notification import Notification, page_link
from stream.notify.messages.text import headline

VERSION: Final = 1
"""Of the JSON; a new field does not change it."""

MAX_INCIDENTS: Final = 500
"""Incidents of a summary that are written out."""

_encode = msgspec.json.Encoder().encode


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
