"""PagerDuty: one incident per notification.

References
----------
PagerDuty Events API v2: trigger, acknowledge, resolve; answered with 202.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from stream.events.episodes import Severity
from stream.formats.limits import to_iso
from stream.formats.rejections import excerpt
from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline, incident_name

SEVERITY: Final[dict[Severity, str]] = {"minor": "warning", "major": "error", "critical": "critical"}
MAX_SUMMARY: Final = 1_024
N_SERIES: Final = 50
"""Series of a summary that the details list."""

Action = Literal["trigger", "acknowledge", "resolve"]


class PagerDutyChannel(HttpChannel):
    """Sends events whose `dedup_key` is the episode."""

    traits = Traits(takes_past=False)

    def __init__(self, http: HttpSender, routing_key: str, *, api_url: str) -> None:
        super().__init__(http)
        self._routing_key = routing_key
        self._url = f"{api_url}/v2/enqueue"

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Send the event."""
        event = {"routing_key": self._routing_key, **pagerduty_event(notification)}
        await self._http.send("POST", self._url, json=event)
        return notification.id


def pagerduty_event(notification: Notification) -> dict[str, Any]:
    """Return the event of a notification, without the key."""
    action: Action = "resolve"
    if notification.is_open:
        action = "acknowledge" if notification.acked_by and notification.kind == "update" else "trigger"
    event: dict[str, Any] = {"event_action": action, "dedup_key": notification.id}
    if action != "trigger":
        return event
    worst = notification.worst
    details = {
        "why": worst.why,
        "course": "\n".join(body_lines(notification)),
        "series": [incident_name(each) for each in notification.incidents[:N_SERIES]],
        "score": worst.score,
        "actual": worst.actual,
        "expected": worst.expected,
    }
    text = f"{headline(notification)}: {worst.why}" if worst.why else headline(notification)
    payload = {
        "summary": excerpt(text, MAX_SUMMARY),
        "source": worst.series,
        "severity": SEVERITY[notification.severity],
        "timestamp": to_iso(worst.start),
        "component": worst.feature or "",
        "group": notification.route,
        "class": worst.kind,
        "custom_details": details,
    }
    link = {"client_url": notification.link} if notification.link is not None else {}
    links = [] if notification.link is None else [{"href": notification.link, "text": "the page"}]
    return {**event, "payload": payload, "client": "streamgauge", **link, "links": links}
