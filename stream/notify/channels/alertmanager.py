"""Alertmanager: alerts kept equal to what is open.

References
----------
Alertmanager API v2, POST /api/v2/alerts: an alert is known by its labels, fires until `endsAt`, and has to be sent
again before that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stream.events.episodes import Severity
from stream.formats.limits import to_iso
from stream.notify.alerts.due import Traits
from stream.notify.alerts.incident import Incident
from stream.notify.alerts.routing import parse_series
from stream.notify.channels.channel import Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification, page_link
from stream.notify.messages.text import course

NAMES: Final = {"anomaly": "StreamgaugeAnomaly", "silence": "StreamgaugeSilence"}
REFRESHES: Final = 3
"""How often an alert is sent while it is valid, so that two may be lost."""

_NO_LABEL = re.compile(r"[^A-Za-z0-9_]")


class AlertmanagerChannel(HttpChannel):
    """Posts the alerts of a notification, one for each episode.

    Parameters
    ----------
    authorization : tuple of str or None
        User and password.
    """

    def __init__(
        self,
        http: HttpSender,
        url: str,
        *,
        authorization: tuple[str, str] | None,
        token: str | None,
        resolve_after_ms: int,
        page_url: str | None,
    ) -> None:
        super().__init__(http)
        self._url = f"{url}/api/v2/alerts"
        self._authorization = authorization
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._resolve_after_ms = resolve_after_ms
        self._page_url = page_url
        self.traits = Traits(reminds=False, takes_past=False, refresh_ms=resolve_after_ms // REFRESHES)

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Post all alerts of the notification."""
        alerts = list(alerts_of(notification, self._resolve_after_ms, self._page_url))
        await self._http.send("POST", self._url, json=alerts, auth=self._authorization, headers=self._headers)
        return notification.id


def alerts_of(notification: Notification, resolve_after_ms: int, page_url: str | None) -> Iterator[dict[str, Any]]:
    """Yield the alerts of a notification.

    The severity is a label, and labels are what an alert is known by: an episode that gets worse becomes another alert,
    and the one of its lower severity is resolved.
    """
    for incident in notification.incidents:
        end_ms = notification.at_ms + resolve_after_ms if incident.is_open else notification.at_ms
        yield _alert(incident, incident.severity, end_ms, notification, page_url)
        for severity in incident.severities:
            if severity != incident.severity and notification.kind != "refresh":
                yield _alert(incident, severity, notification.at_ms, notification, page_url)


def _alert(
    incident: Incident, severity: Severity, end_ms: int, notification: Notification, page_url: str | None
) -> dict[str, Any]:
    annotations = {"summary": incident.why or NAMES[incident.kind], "course": course(incident, notification.at_ms)}
    if incident.acked_by:
        annotations["acknowledged_by"] = incident.acked_by
    link = page_link(page_url, incident)
    return {
        "labels": _labels(incident, severity),
        "annotations": annotations,
        # Event time may lie ahead of the clock; Alertmanager wants the start before the end.
        "startsAt": to_iso(min(incident.start, end_ms)),
        "endsAt": to_iso(end_ms),
        **({} if link is None else {"generatorURL": link}),
    }


def _labels(incident: Incident, severity: Severity) -> dict[str, str]:
    name, labels = parse_series(incident.series)
    given = {_label_name(label): text for label, text in labels.items()}
    ours = {"alertname": NAMES[incident.kind], "severity": severity, "series": incident.series, "metric": name}
    feature = {} if incident.feature is None else {"feature": incident.feature}
    return {**given, **ours, **feature, "episode": incident.episode}


def _label_name(name: str) -> str:
    plain = _NO_LABEL.sub("_", name)
    return f"_{plain}" if plain[:1].isdigit() else plain
