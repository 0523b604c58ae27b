"""Book of all groups that this notifier is responsible for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import structlog

from stream.events.anomalies import decode_event
from stream.notify.alerts.due import NOTICED, DeliveryKind, Situation, Traits, due
from stream.notify.alerts.group import AlertGroup, Responses
from stream.notify.alerts.incident import Incident, severity_of
from stream.notify.alerts.records import (
    DeliveryRecord,
    GroupRecord,
    NotificationRecord,
    RecordKey,
    decode_record,
    encode_record,
)
from stream.notify.alerts.routing import RoutedEvent, RouteSource, group_key, targets
from stream.notify.config.file import NotifyConfig
from stream.notify.config.routes import Route

log = structlog.get_logger()


REST_MS: Final = 60_000
"""A group of closed incidents is only waiting to be forgotten: it is looked at so often."""


class DueDelivery(NamedTuple):
    """A delivery that is to be made now."""

    group: AlertGroup
    notification: NotificationRecord
    receiver: str
    kind: DeliveryKind

    @property
    def lane(self) -> tuple[str, str, str]:
        """What is delivered one after the other."""
        return self.group.key, self.notification.id, self.receiver


class AlertBook:
    """Groups with their incidents, notifications and deliveries.

    Parameters
    ----------
    traits : mapping of str to Traits
        By the receivers' names.
    """

    def __init__(self, config: NotifyConfig, traits: Mapping[str, Traits], answers: Responses) -> None:
        self._config = config
        self._traits = traits
        self._answers = answers
        self._routes = {route.key: route for route in config.routes}
        self._send_resolved = {receiver.name: receiver.send_resolved for receiver in config.receivers}
        self.groups: dict[str, AlertGroup] = {}
        self._rests_until: dict[str, int] = {}

    def restore(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Replace all groups by those of the table's records."""
        self.groups, self._rests_until = {}, {}
        decoded = [(RecordKey.parse(key), value) for key, value in records]
        for key, value in decoded:
            if key.kind == "group":
                record = decode_record(key.kind, value)
                assert isinstance(record, GroupRecord)
                self.groups[key.group] = self._group(key.group, record)
        for key, value in decoded:
            group = self.groups.get(key.group)
            if group is not None and key.kind != "group":
                _add(group, key, decode_record(key.kind, value))
        for group in self.groups.values():
            for incident in group.incidents.values():
                if incident.is_open and not self._belongs(group, incident):
                    group.retire(incident)

    def apply(self, routed: RoutedEvent, now_ms: int) -> None:
        """Apply an event that was routed to a group."""
        event = decode_event(bytes(routed.event))
        route = self._routes.get(routed.route)
        if route is None:  # Routed by a notifier that was started with another file.
            return
        group = self.groups.get(routed.group)
        if group is None:
            if not routed.joins:
                return
            record = GroupRecord(route=routed.route, labels=routed.labels, receivers=list(route.receivers))
            group = self.groups[routed.group] = self._group(routed.group, record)
            group.touch(record)
        self._rests_until.pop(group.key, None)
        severity = severity_of(event, self._config.silence_severity)
        group.apply(event, severity, joins=routed.joins, now_ms=now_ms)

    def tick(self, now_ms: int) -> None:
        """Take over answers, flush groups that are due, forget what is old."""
        for group in self.groups.values():
            if self._rests_until.get(group.key, 0) <= now_ms:
                group.tick(self._answers, now_ms)

    def take_changes(self) -> dict[str, bytes | None]:
        """Return the records that changed since the last call; None for those that are gone."""
        changes: dict[str, bytes | None] = {}
        for group in list(self.groups.values()):
            if not group.incidents and not group.notifications:
                del self.groups[group.key]
                self._rests_until.pop(group.key, None)
                group.touch(group.record)
            for key in group.changed:
                record = self._find(key)
                changes[str(key)] = None if record is None else encode_record(record)
            group.changed.clear()
        return changes

    def due(self, now_ms: int) -> Iterator[DueDelivery]:
        """Yield what is to be delivered now."""
        for group in self.groups.values():
            if self._rests_until.get(group.key, 0) > now_ms:
                continue
            due_now = list(self._due_of(group, now_ms))
            if not due_now and group.is_settled():
                self._rests_until[group.key] = now_ms + REST_MS
            yield from due_now

    def still_due(self, due_before: DueDelivery, now_ms: int) -> DueDelivery | None:
        """Return what is to be delivered instead by now, in the same lane."""
        group, record = due_before.group, due_before.notification
        still_open = [each for each in group.members().get(record.id, []) if each.is_open]
        due_now = self._due(group, record, still_open, now_ms)
        return next((each for each in due_now if each.receiver == due_before.receiver), None)

    def delivered(self, done: DueDelivery, version: int, attention: int, reference: str, now_ms: int) -> None:
        """Note that a receiver has taken a delivery.

        Parameters
        ----------
        version, attention : int
            Of what was delivered; the notification may have changed since.
        """
        delivery = self.delivery(done)
        noticed = done.kind in NOTICED
        delivery.reference, delivery.failed = reference, ""
        delivery.version, delivery.sent_at = version, now_ms
        delivery.n_notified += noticed
        if noticed:
            delivery.attention, delivery.notified_at = attention, now_ms
        if done.kind in ("resolved", "past"):
            delivery.is_resolved = True
        elif done.kind in ("new", "again"):
            delivery.is_resolved = False
        done.group.touch(done.notification)

    def refused(self, done: DueDelivery, why: str, now_ms: int) -> None:
        """Note that a receiver has refused a delivery for good."""
        record = done.notification
        self.delivered(done, record.released, record.released_attention, self.delivery(done).reference, now_ms)
        self.delivery(done).failed = why

    def delivery(self, due_now: DueDelivery) -> DeliveryRecord:
        """Return the record of a delivery, new where there is none."""
        return due_now.notification.deliveries.setdefault(due_now.receiver, DeliveryRecord())

    def n_open(self) -> int:
        """Count the incidents that are open."""
        return sum(incident.is_open for group in self.groups.values() for incident in group.incidents.values())

    def _belongs(self, group: AlertGroup, incident: Incident) -> bool:
        """Check whether the events of an incident still come to its group: the file may have changed."""
        source = RouteSource(incident.series, incident.feature, incident.kind, incident.episode)
        keys = {group_key(each.route, each.labels) for each in targets(source, incident.severity, self._config)}
        return group.key in keys

    def _group(self, key: str, record: GroupRecord) -> AlertGroup:
        receivers = [name for name in record.receivers if name in self._send_resolved]
        gone = Route.model_construct(receivers=tuple(receivers), quiet_hours=())
        route = self._routes.get(record.route, gone)
        return AlertGroup(key, record, route, route.grouping(self._config))

    def _find(self, key: RecordKey) -> GroupRecord | Incident | NotificationRecord | None:
        group = self.groups.get(key.group)
        if group is None:
            return None
        if key.kind == "group":
            return group.record
        return group.incidents.get(key.id) if key.kind == "incident" else group.notifications.get(key.id)

    def _due_of(self, group: AlertGroup, now_ms: int) -> Iterator[DueDelivery]:
        for name, members in group.members().items():
            record = group.notifications[name]
            if record.released:
                yield from self._due(group, record, [each for each in members if each.is_open], now_ms)

    def _due(
        self, group: AlertGroup, record: NotificationRecord, still_open: list[Incident], now_ms: int
    ) -> Iterator[DueDelivery]:
        for receiver in group.route.receivers:
            situation = Situation(
                now_ms=now_ms,
                repeat_ms=group.grouping.repeat_interval,
                is_open=bool(still_open),
                is_acked=all(incident.acked_by for incident in still_open),
                is_held=all(group.is_held(incident, self._answers, now_ms) for incident in still_open),
                is_muted=all(self._answers.muted(incident.series, now_ms) for incident in still_open),
                send_resolved=self._send_resolved[receiver],
            )
            delivery = record.deliveries.get(receiver, DeliveryRecord())
            kind = due(record, delivery, self._traits[receiver], situation)
            if kind is not None:
                yield DueDelivery(group, record, receiver, kind)


def _add(group: AlertGroup, key: RecordKey, record: object) -> None:
    if isinstance(record, Incident):
        group.incidents[key.id] = record
    elif isinstance(record, NotificationRecord):
        group.notifications[key.id] = record
