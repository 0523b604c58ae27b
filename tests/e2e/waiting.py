"""Waiting for what another process does, with a limit and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 180.0
"""Seconds until a wait fails that no claim is about: enough for a machine that is many times slower than usual."""


def wait_for(look: Callable[[], T | None], what: str, timeout_s: float = PATIENCE_S) -> T:
    """Look ten times a second until there is something other than None, and return it.

    Raises
    ------
    TimeoutError
        After `timeout_s` seconds; it says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(0.1)
    return found
