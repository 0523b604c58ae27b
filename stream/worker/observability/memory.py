"""Memory: what lives as long as the worker is not looked at again, and what was freed goes back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from mmap import PAGESIZE
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MADV_POPULATE_WRITE: Final = 23
"""Advice to `madvise`, of Linux 5.14 and newer."""

MADV_DONTNEED: Final = 4

OBJECTS_PER_COLLECTION: Final = 100_000
"""The records of a fetch are some 40,000 objects, none of which is garbage that only the collector finds. By Python's
own 700 it looked through all of them again and again, for a tenth of the CPU of a point."""

_ADVISING: Final = ThreadPoolExecutor(1, "memory")


def collect_seldom() -> None:
    """Look for garbage once in a while, not within every fetch."""
    gc.set_threshold(OBJECTS_PER_COLLECTION)


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


def populate_ahead(arrays: list[NDArray[Any]]) -> Future[None]:
    """Let the system provide the pages of these arrays, in a thread of its own.

    Who writes to a new page waits for it. Where the host of a virtual machine provides memory late, as many do, that
    was a third of the time of a recovery. Nothing is written: what the arrays hold stays.
    """
    return _ADVISING.submit(_advise_all, arrays, MADV_POPULATE_WRITE)


def give_back(arrays: list[NDArray[Any]]) -> None:
    """Return the pages of these arrays, which then hold zeros, to the system."""
    _ADVISING.submit(_advise_all, arrays, MADV_DONTNEED).result()  # Behind what is still to be populated.


def advise(start: int, n_bytes: int, advice: int) -> None:
    """Advise the system about whole pages; it may refuse."""
    _madvise()(start, n_bytes, advice)


@cache
def _madvise() -> Any:
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    return madvise


def _advise_all(arrays: list[NDArray[Any]], advice: int) -> None:
    """Advise the system about all pages that are wholly within these arrays."""
    for array in arrays if sys.platform == "linux" else ():
        first = array.view(np.uint8).__array_interface__["data"][0]  # That of a record lists its fields each time.
        start, end = -(-first // PAGESIZE) * PAGESIZE, (first + array.nbytes) // PAGESIZE * PAGESIZE
        if start < end:
            advise(start, end - start, advice)  # An older kernel refuses to populate, and provides pages later.
