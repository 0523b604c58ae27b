"""Expiry of control records: mutes that ended long ago, and old acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.control.records import Ack, ControlRecord, Mute

DAY_MS: Final = 86_400_000

MUTE_KEPT_MS: Final = 7 * DAY_MS
"""After its end: people look for it then, and the clocks of two writers never differ by as much."""

ACK_KEPT_MS: Final = 90 * DAY_MS
"""As long as the anomalies topic keeps events unless its settings say otherwise. The same for every writer."""


def expired(records: Iterable[ControlRecord], now_ms: int) -> list[ControlRecord]:
    """Return the records that have expired; rules, verdicts and learn marks never do."""
    return [record for record in records if is_expired(record, now_ms)]


def is_expired(record: ControlRecord, now_ms: int) -> bool:
    """Check whether a record may be removed from the topic."""
    match record:
        case Mute():
            return now_ms >= record.until + MUTE_KEPT_MS
        case Ack():
            return now_ms >= record.at + ACK_KEPT_MS
        case _:
            return False
