"""Phase of an episode in the state."""

from __future__ import annotations

from enum import IntEnum


class Phase(IntEnum):
    """Phase of a key's episode; a closed one may reopen."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    PENDING = 3
