"""The phase of an episode, as the state keeps it."""

from __future__ import annotations

from enum import IntEnum


class Phase(IntEnum):
    """Where the episode of a key stands. CLOSED means that a relapse may reopen it."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    PENDING = 3
