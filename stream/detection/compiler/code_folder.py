"""The folder in which machine code is cached.

It is a folder of its own for every version of the sources. Machine code is trusted as much as the sources beside which
it lies, so that no folder is used that anybody else may write. It is found when a function is first called: an import
reads and writes nothing.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Final

SOURCES: Final = Path(__file__).parents[1]

IMPORTED_S: Final = time()
"""When the sources were read. Code of sources that were replaced since then is not cached: it would pass for that of
the new ones."""

MEMORY: Final = "/dev/shm"
"""A file system in memory, which a container has even where all else is read-only and there is no place for temporary
files."""


@cache
def code_folder() -> Path | None:
    """Find the cache folder of this version.

    None where no folder can be used, or where the sources have been replaced since they were imported.
    """
    if is_replaced(SOURCES, IMPORTED_S):
        return None
    return first_usable(_bases(), f"compiled-{version()}")


def is_cached(function: str) -> bool:
    """Check whether an entry point's code is cached."""
    folder = code_folder()
    return folder is not None and any(folder.glob(f"{function}-*"))


def version(sources: Path = SOURCES) -> str:
    """Name the version of the sources."""
    return sha256(b"".join(path.read_bytes() for path in sorted(sources.rglob("*.py")))).hexdigest()[:16]


def is_replaced(sources: Path, since_s: float) -> bool:
    """Check whether a source was written after a time."""
    now_s = time()
    return any(since_s < path.stat().st_ctime <= now_s for path in sources.rglob("*.py"))


def first_usable(bases: Iterator[Path], name: str) -> Path | None:
    """Choose the cache folder: the first base that works.

    None without one. What can be read but not written, as in an image whose files are mounted so, is used as a copy
    that ends with the process: what it lacks can be added.
    """
    for base in bases:
        directory = base / name
        with suppress(OSError):
            directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        if directory.is_dir() and is_trusted(directory):
            return directory if os.access(directory, os.W_OK) else _copy(directory)
    return None


def is_trusted(directory: Path) -> bool:
    """Check that only this user and root may write."""
    found = directory.stat()
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


def _copy(directory: Path) -> Path | None:
    for place in (None, MEMORY):
        with suppress(OSError):
            copy = Path(tempfile.mkdtemp(prefix="streamgauge-", dir=place))
            atexit.register(shutil.rmtree, copy, ignore_errors=True)
            return Path(shutil.copytree(directory, copy, dirs_exist_ok=True))
    return None


def _bases() -> Iterator[Path]:
    """Yield cache locations: the setting, the sources, the user's."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
    yield SOURCES / "__pycache__"
    with suppress(RuntimeError):  # A user may have no home.
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamgauge"
