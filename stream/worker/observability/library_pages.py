"""Pages of libraries that only the start used: they go back to the system.

LLVM links the machine code, pydantic reads the settings, ONNX Runtime optimises the model's graph: once. What they ran
stays in the resident set as long as the system has memory. `python -m benchmarks start` measures what is left.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

from stream.worker.observability.memory import MADV_DONTNEED, advise

_MAPPINGS: Final = Path("/proc/self/smaps")

_UNCHANGED: Final = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) r-[x-]p \S+ \S+ \S+ +(?P<path>/.+)\n"
    r"(?:\w+: .*\n)*?Anonymous: +0 kB\n"
    r"(?:\w+: .*\n)*?Swap: +0 kB$",
    re.MULTILINE,
)
"""A private mapping of a file that cannot be written, and has no page that differs from the file: relocations are such
pages, and a debugger's breakpoints."""


class _Mapping(NamedTuple):
    """Where a part of a file lies in memory."""

    path: str
    start: int
    n_bytes: int


def release_pages(libraries: Collection[str]) -> None:
    """Return unchanged pages of libraries to the system.

    Nothing is lost: a page that is used again comes back from the file, mostly from the system's cache of it.

    Parameters
    ----------
    libraries : collection of str
        Paths of libraries that are completely loaded. While one is being loaded, its mappings are not final.
    """
    paths = {os.path.realpath(library) for library in libraries}
    for mapping in _unchanged_mappings() if sys.platform == "linux" else ():
        if mapping.path in paths:
            advise(mapping.start, mapping.n_bytes, MADV_DONTNEED)


def imported_libraries() -> list[str]:
    """Return the paths of all extension modules that are imported."""
    modules = [module for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
    files = (vars(module).get("__file__") for module in modules)  # An attribute may import what it stands for.
    return [file for file in files if file and file.endswith(tuple(EXTENSION_SUFFIXES))]


def _unchanged_mappings() -> Iterator[_Mapping]:
    with suppress(OSError):  # Of a hardened process they may be unreadable.
        for found in _UNCHANGED.finditer(_MAPPINGS.read_text()):
            start, end = int(found["start"], 16), int(found["end"], 16)
            yield _Mapping(found["path"], start, end - start)
