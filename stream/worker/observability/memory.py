"""Memory: what lives as long as the worker is not looked at again, and what was freed goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from mmap import PAGESIZE
from threading import Thread
from typing import Any, Final

from numpy.typing import NDArray

MADV_POPULATE_WRITE: Final = 23
"""Advice to `madvise`, of Linux 5.14 and newer."""


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


def populate_ahead(arrays: list[NDArray[Any]]) -> None:
    """Let the system provide the pages of these arrays, in a thread of its own.

    Who writes to a new page waits for it. Where the host of a virtual machine provides memory late, as many do, that
    was a third of the time of a recovery. Nothing is written: what the arrays hold stays.
    """
    if sys.platform == "linux":
        Thread(target=_populate, args=(arrays,), daemon=True, name="memory").start()


def _populate(arrays: list[NDArray[Any]]) -> None:
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for array in arrays:
        start = -(-array.ctypes.data // PAGESIZE) * PAGESIZE
        n_bytes = array.ctypes.data + array.nbytes - start
        if n_bytes > 0:
            madvise(start, n_bytes, MADV_POPULATE_WRITE)  # An older kernel refuses, and provides them later.
