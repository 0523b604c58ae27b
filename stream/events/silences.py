"""What the worker says of a series whose points have stopped: silent, and back."""

from __future__ import annotations

from typing import Literal

import msgspec

from stream.events.cloud_event import event_headers
from stream.events.episodes import Input, episode_id
from stream.events.text import duration, moment

SilenceState = Literal["silent", "back"]


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two events of a silence, as it goes onto the anomalies topic.

    Attributes
    ----------
    series : str
        Also the message's key.
    feature : str
        The one of the point's features that this is about; absent where a point is a plain number.
    episode : str
        Id from `silence_id`, 32 hexadecimal digits, the same in both events and after every replay.
    state : "silent" or "back"
    why : str
        The same in one line of plain words.
    start, timestamp, end : int
        Event time in ms since the epoch: of the last point before; of the moment from which the series counts as
        silent, or of the point with which it is back; and that point's again, in a `back` only.
    interval : int
        Usual time between two points, ms.
    others : int
        Other series of the partition that are silent and get no events of their own; of a `silent` only, and absent
        if there is none.
    input : Input
        The message with which it is back.
    """

    series: str
    feature: str | msgspec.UnsetType = msgspec.UNSET
    episode: str
    state: SilenceState
    why: str
    start: int
    timestamp: int
    end: int | msgspec.UnsetType = msgspec.UNSET
    interval: int
    others: int | msgspec.UnsetType = msgspec.UNSET
    input: Input | msgspec.UnsetType = msgspec.UNSET


_encode = msgspec.json.Encoder().encode


def silence_id(series: str, start_ms: int, feature: str | None = None) -> str:
    """Derive the id of a silence from the last point before it; `silence` stands where an episode has its model."""
    return episode_id(series, start_ms, "silence", feature)


def silent_since(start_ms: int, interval_ms: int, others: int) -> str:
    """Say in one line that points have stopped."""
    said = f"no points since {moment(start_ms)} UTC, one every {duration(interval_ms)} is usual"
    return f"{said}; {others:,} other series of its partition are silent too" if others else said


def back_after(silence_ms: int) -> str:
    """Say in one line that points have come again."""
    return f"back after {duration(silence_ms)} without points"


def encode_silence(silence: Silence) -> bytes:
    """Write an event of a silence as the value of a message: plain JSON."""
    return _encode(silence)


def silence_headers(silence: Silence, metrics_topic: str) -> list[tuple[str, bytes]]:
    """Give the headers of an event of a silence: its CloudEvents attributes."""
    return event_headers(silence, "silence", metrics_topic)
