"""Group of incidents: when it is notified, and as what."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final, Protocol

from stream.events.anomalies import AnyEvent
from stream.events.episodes import Severity
from stream.notify.alerts.incident import ENDS, Effect, Incident, new_incident
from stream.notify.alerts.records import KINDS, GroupRecord, NotificationRecord, RecordKey
from stream.notify.config.routes import Grouping, Route

KEEP_MS: Final = 24 * 3_600_000
"""How long a closed incident is remembered: a relapse within it changes the message that is there."""

STALE_MS: Final = 30 * 24 * 3_600_000
"""An open incident without an event for so long is closed: its series is gone, and its end will never come."""


LATECOMERS_MS: Final = 5 * 60_000
"""An open summary takes what opens within this after its newest incident, however little it is."""


class Responses(Protocol):
    """What people have answered, from the control topic."""

    def muted(self, series: str, at_ms: int) -> object | None:
        """Return the mute of a series, None without one."""

    def acked_by(self, episode: str) -> str:
        """Return who acknowledged an episode, empty if nobody."""


class AlertGroup:
    """A group, its incidents, and the notifications they are in.

    Attributes
    ----------
    incidents, notifications : dict
        By id.
    changed : set of RecordKey
        Records to be written or, where they are gone, removed.
    """

    def __init__(self, key: str, record: GroupRecord, route: Route, grouping: Grouping) -> None:
        self.key = key
        self.record = record
        self.route = route
        self.grouping = grouping
        self.incidents: dict[str, Incident] = {}
        self.notifications: dict[str, NotificationRecord] = {}
        self.changed: set[RecordKey] = set()

    def apply(self, event: AnyEvent, severity: Severity, *, joins: bool, now_ms: int) -> None:
        """Apply an event; open an incident where it may."""
        incident = self.incidents.get(event.episode)
        if incident is not None:
            self._announce_effect(incident, incident.apply(event, severity))
        elif joins and event.state not in ENDS:
            self.incidents[event.episode] = new_incident(event, severity, now_ms)
            self.touch(self.incidents[event.episode])

    def tick(self, answers: Responses, now_ms: int) -> None:
        """Take over answers; flush what is due; forget what is old."""
        for incident in list(self.incidents.values()):
            self._look_at(incident, answers, now_ms)
        fresh = [each for each in self.incidents.values() if not each.notification]
        fresh = [each for each in fresh if not self.is_held(each, answers, now_ms)]
        waits = bool(fresh) or any(each.version > each.released for each in self.notifications.values())
        since = (self.record.waiting_since or now_ms) if waits else 0
        if since != self.record.waiting_since:
            self.record.waiting_since = since
            self.touch(self.record)
        if waits and now_ms >= self._flush_at():
            self._flush(fresh, now_ms)
        self._forget_old(now_ms)

    def is_held(self, incident: Incident, answers: Responses, now_ms: int) -> bool:
        """Check whether nobody is to be notified of it now."""
        if incident.acked_by and not incident.notification:
            return True
        quiet = self.route.is_quiet(incident.severity, now_ms)
        return quiet or answers.muted(incident.series, now_ms) is not None

    def is_settled(self) -> bool:
        """Check whether all of it is closed, announced and released."""
        closed = all(each.notification and not each.is_open for each in self.incidents.values())
        return closed and all(each.version == each.released for each in self.notifications.values())

    def members(self) -> dict[str, list[Incident]]:
        """Return the incidents by the notification that they are in."""
        found: dict[str, list[Incident]] = {name: [] for name in self.notifications}
        for incident in self.incidents.values():
            if incident.notification in found:
                found[incident.notification].append(incident)
        return found

    def touch(self, record: GroupRecord | Incident | NotificationRecord) -> None:
        """Note that a record has changed."""
        self.changed.add(self._key(record))

    def retire(self, incident: Incident) -> None:
        """Close an incident that is routed elsewhere now: its end would not come here."""
        self._close(incident, "no longer routed here")

    def _key(self, record: GroupRecord | Incident | NotificationRecord) -> RecordKey:
        name = "" if isinstance(record, GroupRecord) else record.episode if isinstance(record, Incident) else record.id
        return RecordKey(self.key, KINDS[type(record)], name)

    def _announce_effect(self, incident: Incident, effect: Effect) -> None:
        if effect == Effect.NONE:
            return
        self.touch(incident)
        notification = self.notifications.get(incident.notification)
        if notification is not None:
            notification.version += 1
            notification.attention += effect == Effect.ATTENTION
            self.touch(notification)

    def _look_at(self, incident: Incident, answers: Responses, now_ms: int) -> None:
        if incident.is_open and now_ms - max(incident.newest, incident.known_at) > STALE_MS:
            self._close(incident, "no event for 30 days")
        acked_by = answers.acked_by(incident.episode)
        if incident.is_open and acked_by != incident.acked_by:
            incident.acked_by = acked_by
            self._announce_effect(incident, Effect.EDIT)
        unannounced_end = not incident.is_open and not incident.notification
        if unannounced_end and (incident.acked_by or answers.muted(incident.series, now_ms) is not None):
            self._remove(incident)

    def _close(self, incident: Incident, why: str) -> None:
        incident.is_open, incident.end, incident.why = False, incident.newest, why
        self._announce_effect(incident, Effect.EDIT)

    def _flush_at(self) -> int:
        return max(
            self.record.waiting_since + self.grouping.group_wait,
            self.record.flushed_at + self.grouping.group_interval if self.record.flushed_at else 0,
        )

    def _flush(self, fresh: list[Incident], now_ms: int) -> None:
        """Put new incidents into notifications, and let all that changed be delivered."""
        summary = self._growing_summary(now_ms)
        if fresh and (summary is not None or len(fresh) >= self.grouping.summary_from):
            self._summarize(fresh, summary, now_ms)
        else:
            for incident in fresh:
                self._announce(incident, NotificationRecord(id=incident.episode))
        for notification in self.notifications.values():
            if notification.released < notification.version:
                notification.released, notification.released_attention = notification.version, notification.attention
                notification.released_at = now_ms
                self.touch(notification)
        self.record.flushed_at, self.record.waiting_since = now_ms, 0
        self.touch(self.record)

    def _summarize(self, fresh: Collection[Incident], summary: NotificationRecord | None, now_ms: int) -> None:
        """Add incidents to a summary, a new one where there is none."""
        if summary is None:
            name = f"{self.key}/{min(incident.episode for incident in fresh)}/{now_ms}"
            summary = NotificationRecord(id=hashlib.sha256(name.encode()).hexdigest()[:32], is_summary=True)
        else:
            summary.version += 1
            summary.attention += 1
        for incident in fresh:
            self._announce(incident, summary)

    def _growing_summary(self, now_ms: int) -> NotificationRecord | None:
        """Return the summary that latecomers belong to."""
        for name, members in self.members().items():
            is_open = any(incident.is_open for incident in members)
            newest_ms = max((incident.known_at for incident in members), default=0)
            if self.notifications[name].is_summary and is_open and now_ms - newest_ms <= LATECOMERS_MS:
                return self.notifications[name]
        return None

    def _announce(self, incident: Incident, notification: NotificationRecord) -> None:
        incident.notification = notification.id
        self.notifications[notification.id] = notification
        self.touch(incident)
        self.touch(notification)

    def _forget_old(self, now_ms: int) -> None:
        for name, members in self.members().items():
            record = self.notifications[name]
            last = [record.released_at, *(each.sent_at for each in record.deliveries.values())]
            last += [incident.newest for incident in members]
            is_settled = record.version == record.released and not any(incident.is_open for incident in members)
            if is_settled and now_ms - max(last) > KEEP_MS:
                for incident in members:
                    self._remove(incident)
                del self.notifications[record.id]
                self.touch(record)

    def _remove(self, incident: Incident) -> None:
        del self.incidents[incident.episode]
        self.touch(incident)
