"""Reading the anomalies topic: episode and silence events."""

from __future__ import annotations

import msgspec

from stream.errors import DataError
from stream.events.episodes import EpisodeEvent, decode_episode
from stream.events.silences import SilenceEvent
from stream.formats.rejections import UNREADABLE, excerpt

AnyEvent = EpisodeEvent | SilenceEvent


class _Kind(msgspec.Struct):
    state: str


_kinds = msgspec.json.Decoder(_Kind)
_silences = msgspec.json.Decoder(SilenceEvent)


def decode_event(value: bytes) -> AnyEvent:
    """Decode an event of either kind; ignore unknown fields.

    Raises
    ------
    DataError
        If it is neither; the text names the place.
    """
    try:
        text = value.decode()  # msgspec does not look at the bytes of a text that it passes over.
        if _kinds.decode(text).state in ("silent", "back"):
            return _silences.decode(text)
    except UNREADABLE as error:
        raise DataError(f"no event of the anomalies topic: {excerpt(str(error), 200)}") from error
    return decode_episode(value)
