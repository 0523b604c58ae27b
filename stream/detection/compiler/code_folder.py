"""The folder in which machine code is cached.

It is a folder of its own for every version of the sources. Machine code is trusted as much as the sources beside which
it lies, so that no folder is used that anybody else may write. It is found when a function is first called: an import
reads and writes nothing.
"""

from __future__ import annotations

import os
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

    None without one. A folder that can only be read, as in an image whose files are mounted so, works too: what it
    lacks is compiled by each process.
    """
    for base in bases:
        directory = base / name
        with suppress(OSError):
            directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        if directory.is_dir() and is_trusted(directory):
            return directory
    return None


def is_trusted(directory: Path) -> bool:
    """Check that only this user and root may write."""
    found = directory.stat()
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


def _bases() -> Iterator[Path]:
    """Yield cache locations: the setting, the sources, the user's."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
    yield SOURCES / "__pycache__"
    with suppress(RuntimeError):  # A user may have no home.
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamgauge"
