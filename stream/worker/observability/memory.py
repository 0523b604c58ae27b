"""Memory that was freed: it goes back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Let the C library return what is free; glibc would keep what recovery used until it needs it again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # Other C libraries have no such function.
        trim(0)
