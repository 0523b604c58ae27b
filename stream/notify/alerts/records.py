"""Records of the table of incidents, and their keys."""

from __future__ import annotations

from typing import NamedTuple, Self

import msgspec

from stream.notify.alerts.incident import Incident

SEPARATOR = "\x1f"
"""Between group and the rest of a key: a group's key is JSON, which has no control character."""


class GroupRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A group: its route, its labels, and its timers in ms."""

    route: str
    labels: dict[str, str]
    receivers: list[str]
    """Those of its route."""
    waiting_since: int = 0
    """Since when something waits to be notified; 0 if nothing does."""
    flushed_at: int = 0
    """When something was notified last; 0 for never."""


class DeliveryRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one receiver has of one notification."""

    reference: str = ""
    """What the receiver calls it, such as a Slack message's channel and time; empty where there is none."""
    version: int = 0
    attention: int = 0
    """Of what was delivered last; 0 if nothing has."""
    tried_at: int = 0
    """When the first delivery was tried, which may have arrived without an answer."""
    sent_at: int = 0
    notified_at: int = 0
    """When the last delivery, and the last that a person notices, was acknowledged."""
    is_resolved: bool = False
    """Whether the receiver was notified of the end."""
    n_notified: int = 0
    """How many deliveries a person has noticed."""
    failed: str = ""
    """Why the receiver refused it for good."""


class NotificationRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One notification: an episode, or a summary of several."""

    id: str
    """The episode's, or one of the summary's own."""
    is_summary: bool = False
    version: int = 1
    attention: int = 1
    """Counts of changes, and of those that are worth a person's attention."""
    released: int = 0
    released_attention: int = 0
    """Up to which of these it may be delivered: set when the group is flushed."""
    released_at: int = 0
    """When that was, ms."""
    deliveries: dict[str, DeliveryRecord] = {}
    """By receiver."""


AnyRecord = GroupRecord | Incident | NotificationRecord


class RecordKey(NamedTuple):
    """Key of a record: its group, its kind, its id."""

    group: str
    kind: str
    id: str = ""

    def __str__(self) -> str:
        """Write it."""
        return SEPARATOR.join(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes."""
        return cls(*text.split(SEPARATOR, 2))


TYPES: dict[str, type[AnyRecord]] = {
    "group": GroupRecord,
    "incident": Incident,
    "notification": NotificationRecord,
}
"""Kinds of records, as keys name them."""

KINDS = {of: kind for kind, of in TYPES.items()}

_encode = msgspec.json.Encoder().encode
_decoders = {kind: msgspec.json.Decoder(of) for kind, of in TYPES.items()}


def encode_record(record: AnyRecord) -> bytes:
    """Encode a record as JSON."""
    return _encode(record)


def decode_record(kind: str, value: bytes) -> AnyRecord:
    """Decode a record of a kind."""
    return _decoders[kind].decode(value)
