"""Waiting for what another process does, with a limit and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], what: str, timeout_s: float = 60.0) -> T:
    """Look ten times a second until there is something other than None, and return it.

    Raises
    ------
    TimeoutError
        After `timeout_s`; it says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(0.1)
    return found
