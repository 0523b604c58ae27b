"""Compilation of per-record functions to machine code.

Measured (`benchmarks/detector.py`, CPU of a point, model included): as operations of numpy on arrays of all keys of a
batch the same stages took 10 us in batches of 256 and 1,300 us alone, as their 900 calls cost more than what they did;
compiled they take 3 us and 100 us, in the same runs.

To make the machine code takes half a minute, so it is kept for the processes to come, in a directory of its own for
every version of the sources: numba itself would notice a change of the function that is called, and not of those which
that one calls. Machine code is trusted as much as the sources beside which it lies, so that no directory is used that
anybody else may write. That directory is found when a function is first compiled: an import reads and writes nothing.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any, Final, TypeVar, cast

from numba import config, njit
from numba.core.registry import CPUDispatcher

Function = TypeVar("Function", bound=Callable[..., object])

SOURCES: Final = Path(__file__).parent

IMPORTED_S: Final = time()
"""When the sources were read. Code of sources that were replaced since then is not cached: it would pass for that of
the new ones."""

MEMORY: Final = "/dev/shm"
"""A file system in memory, which a container has even where all else is read-only and there is no place for temporary
files."""

OPTIONS: Final[dict[str, Any]] = {"error_model": "numpy", "boundscheck": True, "no_cfunc_wrapper": True}
"""Division by zero is what it is in IEEE 754, an index out of bounds is an error, and nobody calls us from C, which
saves a fifth of the time to compile."""


class EntryPoint(CPUDispatcher):
    """A function that Python calls, with cached code.

    The cache is opened when the function is first called with arguments of some types, which is when numba would
    compile it. Later calls do not come here.
    """

    def compile(self, sig: Any) -> Any:
        """Load or compile the code for arguments of some types."""
        if code_folder() is not None:
            self.enable_caching()
        return super().compile(sig)


def compiled(stage: Function) -> Function:
    """Compile a function that other compiled ones call."""
    return cast(Function, njit(**OPTIONS)(stage))


def entry_point(loop: Function) -> Function:
    """Compile a function that Python calls; cache its code."""
    return cast(Function, EntryPoint(loop, targetoptions={**OPTIONS, "nogil": True, "nopython": True}))


@cache
def code_folder() -> Path | None:
    """Find the cache folder of this version, and let numba use it.

    None where no folder can be used, or where the sources have been replaced since they were imported.
    """
    if is_replaced(SOURCES, IMPORTED_S):
        return None
    folder = first_usable(_bases(), f"compiled-{version()}")
    if folder is not None:
        vars(config)["CACHE_DIR"] = str(folder)
    return folder


def is_cached(function: str) -> bool:
    """Check whether an entry point's code is cached."""
    folder = code_folder()
    return folder is not None and any(folder.rglob(f"*.{function}-*.nbc"))


def version(sources: Path = SOURCES) -> str:
    """Name the version of the sources."""
    return sha256(b"".join(path.read_bytes() for path in sorted(sources.rglob("*.py")))).hexdigest()[:16]


def is_replaced(sources: Path, since_s: float) -> bool:
    """Check whether a source was written after a time."""
    now_s = time()
    return any(since_s < path.stat().st_ctime <= now_s for path in sources.rglob("*.py"))


def first_usable(bases: Iterator[Path], name: str) -> Path | None:
    """Choose the cache folder: the first base that works.

    None without one.

    What can be read but not written, as in an image whose files are mounted so, is used as a copy that ends with the
    process: numba keeps nothing where it cannot write.
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
    """Yield cache locations: numba's setting, sources, user cache."""
    if chosen := vars(config)["CACHE_DIR"]:
        yield Path(chosen)
    yield SOURCES / "__pycache__"
    with suppress(RuntimeError):  # A user may have no home.
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamgauge"
