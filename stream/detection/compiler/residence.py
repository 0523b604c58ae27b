"""Memory of the linker: its library's pages, which nobody needs once all code is linked."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

LIBRARY: Final = "libllvmlite.so"
MAPPINGS: Final = Path("/proc/self/smaps")
HEADING: Final = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<permissions>\S{4}) .*?(?P<path>/.*)?$")
NEEDED_NO_MORE: Final = 4
"""`MADV_DONTNEED`: the pages are taken from the process, and read from the file again if they are touched."""


class Mapping(NamedTuple):
    """A part of a file in the address space."""

    start: int
    end: int
    path: str
    is_written: bool
    """Whether it has pages that are not those of the file: what was written to them would be lost."""


def release_linker() -> None:
    """Return the pages of the linker's library to the system.

    Only those that are as they are in the file. On another system than Linux nothing happens.
    """
    system = ctypes.CDLL(None)
    for each in mappings():
        if Path(each.path).name == LIBRARY and not each.is_written:
            system.madvise(ctypes.c_void_p(each.start), ctypes.c_size_t(each.end - each.start), NEEDED_NO_MORE)


def mappings() -> list[Mapping]:
    """Return the read-only mappings of files."""
    with suppress(OSError):
        return list(_mappings(MAPPINGS.read_text().splitlines()))
    return []


def _mappings(lines: list[str]) -> Iterator[Mapping]:
    heading = None
    for line in lines:
        heading = HEADING.match(line) or heading
        if heading and line.startswith("Anonymous:") and heading["path"] and "w" not in heading["permissions"]:
            span = int(heading["start"], 16), int(heading["end"], 16)
            yield Mapping(*span, heading["path"], is_written=int(line.split()[1]) > 0)
