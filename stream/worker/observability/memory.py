"""Memory: what lives as long as the worker is not looked at again, and what was freed goes back to the system."""

from __future__ import annotations

import ctypes
import gc


def freeze_and_trim() -> None:
    """Take what is there now for good: at the end of the start, and of a recovery.

    The collector would go through the million objects of the compiled detector again and again (0.15 s each time), and
    glibc would keep what a recovery used until it is needed again.
    """
    gc.collect()
    gc.freeze()
    trim()


def trim() -> None:
    """Return freed memory to the system.

    Fetched and written batches leave holes in glibc's heap: some 400 bytes a series after each has been seen.
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:  # Other C libraries have no such function.
        malloc_trim(0)
