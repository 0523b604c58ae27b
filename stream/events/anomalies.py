"""What is read from the anomalies topic: events of episodes and of silences."""

from __future__ import annotations

import msgspec

from stream.errors import DataError
from stream.events.episodes import Episode, decode_episode
from stream.events.silences import Silence
from stream.formats.rejections import excerpt

AnyEvent = Episode | Silence


class _Kind(msgspec.Struct):
    state: str


_kinds = msgspec.json.Decoder(_Kind)
_silences = msgspec.json.Decoder(Silence)


def decode_event(value: bytes) -> AnyEvent:
    """Read an event of either kind; fields of later versions are passed over.

    Raises
    ------
    DataError
        If it is neither; the text says where it differs.
    """
    try:
        if _kinds.decode(value).state in ("silent", "back"):
            return _silences.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"no event of the anomalies topic: {excerpt(str(error), 200)}") from error
    return decode_episode(value)
