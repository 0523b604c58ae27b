"""Opsgenie: one alert per notification, changed as it goes.

References
----------
Opsgenie Alert API: create, acknowledge, close, and the updates of message, description and priority; each is answered
with 202 and is done later.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from stream.events.episodes import Severity
from stream.formats.rejections import excerpt
from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline

PRIORITY: Final[dict[Severity, str]] = {"minor": "P4", "major": "P2", "critical": "P1"}
MAX_MESSAGE: Final = 130
MAX_DESCRIPTION: Final = 15_000


class OpsgenieChannel(HttpChannel):
    """Creates, updates, acknowledges and closes alerts."""

    traits = Traits(takes_past=False)

    def __init__(self, http: HttpSender, api_key: str, *, api_url: str) -> None:
        super().__init__(http)
        self._authorization = {"Authorization": f"GenieKey {api_key}"}
        self._url = f"{api_url}/v2/alerts"

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Bring the alert up to date."""
        alias = f"{self._url}/{quote(notification.id, safe='')}"
        if not notification.is_open:
            await self._call("POST", f"{alias}/close", source="streamgauge", note="over")
            return notification.id
        if notification.kind != "update":  # Of an alias that is open Opsgenie counts one more, and changes nothing.
            await self._call("POST", self._url, **opsgenie_alert(notification))
        if notification.kind in ("update", "again"):
            await self._update(alias, notification)
        return notification.id

    async def _update(self, alias: str, notification: Notification) -> None:
        alert = opsgenie_alert(notification)
        for field in ("message", "description", "priority"):
            await self._call("PUT", f"{alias}/{field}", **{field: alert[field]})
        if notification.acked_by:
            note = f"acknowledged by {notification.acked_by}"
            await self._call("POST", f"{alias}/acknowledge", source="streamgauge", note=note)

    async def _call(self, method: str, url: str, **content: Any) -> None:
        params = {"identifierType": "alias"} if url != self._url else {}
        await self._http.send(method, url, params=params, json=content, headers=self._authorization)


def opsgenie_alert(notification: Notification) -> dict[str, Any]:
    """Return the alert of a notification."""
    worst = notification.worst
    link = [] if notification.link is None else [notification.link]
    return {
        "message": excerpt(headline(notification), MAX_MESSAGE),
        "alias": notification.id,
        "description": "\n".join([*body_lines(notification), *link])[:MAX_DESCRIPTION],
        "priority": PRIORITY[notification.severity],
        "source": "streamgauge",
        "entity": excerpt(worst.series, 512),
        "tags": ["streamgauge", worst.kind, notification.severity],
        "details": {"episode": worst.episode, "route": notification.route, "series": worst.series},
    }
