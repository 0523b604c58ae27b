"""What a receiver is to get next of a notification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from stream.notify.alerts.records import DeliveryRecord, NotificationRecord

DeliveryKind = Literal["new", "update", "again", "reminder", "resolved", "past", "refresh"]

NOTICED: Final = frozenset({"new", "again", "reminder", "resolved", "past"})
"""Kinds that a person notices; the others change what is there already."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel can do."""

    edits: bool = True
    """Whether what was sent can be changed without notifying anybody again; otherwise small changes are not sent."""
    reminds: bool = True
    """Whether it is sent again after the repeat interval."""
    takes_past: bool = True
    """Whether it is worth sending what was over before it could be sent."""
    refresh_ms: int = 0
    """What is open is sent again after this; 0 for never."""
    pictures: bool = False
    """Whether it takes a picture of the series."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides beside the records."""

    now_ms: int
    repeat_ms: int
    is_open: bool
    is_acked: bool
    """Whether any incident of it is open, and whether those that are have been acknowledged."""
    is_held: bool
    is_muted: bool
    """Whether mutes or quiet hours hold back all that is open, and whether mutes alone do."""
    send_resolved: bool


def due(
    record: NotificationRecord, delivery: DeliveryRecord, traits: Traits, situation: Situation
) -> DeliveryKind | None:
    """Return what is to be delivered now; None for nothing."""
    if delivery.version == 0:
        return _first(record, traits, situation)
    if delivery.version < record.released:
        return _change(record, delivery, traits, situation)
    if not situation.is_open:
        return None
    if traits.refresh_ms and situation.now_ms - delivery.sent_at >= traits.refresh_ms and not situation.is_muted:
        return "refresh"
    waited = situation.now_ms - delivery.notified_at >= situation.repeat_ms
    return "reminder" if traits.reminds and waited and not (situation.is_acked or situation.is_held) else None


def _first(record: NotificationRecord, traits: Traits, situation: Situation) -> DeliveryKind | None:
    if not record.released:
        return None
    if situation.is_open:
        return None if situation.is_held else "new"
    return "past" if traits.takes_past else None


def _change(
    record: NotificationRecord, delivery: DeliveryRecord, traits: Traits, situation: Situation
) -> DeliveryKind | None:
    if not situation.is_open:
        if delivery.is_resolved:
            return "update" if traits.edits else None
        return "resolved" if situation.send_resolved else None
    if (delivery.is_resolved or delivery.attention < record.released_attention) and not situation.is_held:
        return "again"
    return "update" if traits.edits else None
