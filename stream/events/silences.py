"""Events of stale series: silent, and back."""

from __future__ import annotations

from typing import Literal

import msgspec

from stream.events.cloud_event import event_headers
from stream.events.episodes import Input, episode_id
from stream.events.text import format_duration, format_time

SilenceState = Literal["silent", "back"]


class SilenceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One of two events of a silence, on the anomalies topic."""

    series: str
    """Also the message's key."""
    feature: str | msgspec.UnsetType = msgspec.UNSET
    """The one of the point's features that this is about; absent where a point is a plain number."""
    episode: str
    """Id from `silence_id`, 32 hexadecimal digits, the same in both events and after every replay."""
    state: SilenceState
    why: str
    """The same in one line of plain words."""
    start: int
    timestamp: int
    end: int | msgspec.UnsetType = msgspec.UNSET
    """Event time in ms since the epoch: of the last point before; of the moment from which the series counts as silent,
    or of the point with which it is back; and that point's again, in a `back` only."""
    interval: int
    """Usual time between two points, ms."""
    others: int | msgspec.UnsetType = msgspec.UNSET
    """Other series of the partition that are silent and get no events of their own; of a `silent` only, and absent if
    there is none."""
    input: Input | msgspec.UnsetType = msgspec.UNSET
    """The message with which it is back."""


_encode = msgspec.json.Encoder().encode


def silence_id(series: str, start_ms: int, feature: str | None = None) -> str:
    """Return a silence's id, from the last point before it."""
    return episode_id(series, start_ms, "silence", feature)


def silent_since(start_ms: int, interval_ms: int, others: int) -> str:
    """Explain that points have stopped."""
    text = f"no points since {format_time(start_ms)} UTC, one every {format_duration(interval_ms)} is usual"
    return f"{text}; {others:,} other series of its partition are silent too" if others else text


def back_after(silence_ms: int) -> str:
    """Explain that points have resumed."""
    return f"back after {format_duration(silence_ms)} without points"


def encode_silence(silence: SilenceEvent) -> bytes:
    """Encode a silence event as JSON."""
    return _encode(silence)


def silence_headers(silence: SilenceEvent, metrics_topic: str) -> list[tuple[str, bytes]]:
    """Return a silence event's CloudEvents headers."""
    return event_headers(silence, "silence", metrics_topic)
