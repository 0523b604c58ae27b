"""Pages of libraries go back to the system, and come back when they are used."""

from __future__ import annotations

import ctypes
import mmap
import re
from pathlib import Path

import numpy as np
import pytest

from stream.detection.compiler import linker
from stream.worker.observability.library_pages import imported_libraries, release_pages

N_BYTES = 1 << 20
CONTENT = b"\x07" * N_BYTES
OTHER = b"other"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Write a file that is mapped like a library."""
    path = tmp_path / "library.so"
    path.write_bytes(CONTENT)
    return path


def mapped(path: Path, protection: int = mmap.PROT_READ) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), N_BYTES, mmap.MAP_PRIVATE, protection)


def protect(mapping: mmap.mmap) -> None:
    """Let a mapping be read only, as the loader does with relocations."""
    start = np.frombuffer(mapping, np.uint8).ctypes.data
    mprotect = ctypes.CDLL(None).mprotect
    mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    assert mprotect(start, N_BYTES, mmap.PROT_READ) == 0


def resident_kb(path: str) -> int:
    """Add up what is resident of a file."""
    mappings = rf"^[0-9a-f]+-.*{re.escape(path)}\n(?:\w+: .*\n)*?Rss: +(\d+) kB$"
    return sum(map(int, re.findall(mappings, Path("/proc/self/smaps").read_text(), re.MULTILINE)))


def test_unchanged_pages_go_back_and_return_from_the_file(library: Path) -> None:
    mapping = mapped(library)
    assert mapping[:] == CONTENT
    assert resident_kb(str(library)) == N_BYTES >> 10
    release_pages([str(library)])
    assert resident_kb(str(library)) == 0
    assert mapping[:] == CONTENT


def test_a_library_is_found_behind_a_link(library: Path, tmp_path: Path) -> None:
    mapping, link = mapped(library), tmp_path / "link.so"
    link.symlink_to(library)
    assert mapping[:] == CONTENT
    release_pages([str(link)])
    assert resident_kb(str(library)) == 0


def test_what_was_changed_since_the_file_was_read_stays(library: Path) -> None:
    mapping = mapped(library, mmap.PROT_READ | mmap.PROT_WRITE)
    mapping[: len(OTHER)] = OTHER
    protect(mapping)
    release_pages([str(library)])
    assert mapping[: len(OTHER)] == OTHER


def test_what_can_still_be_written_stays(library: Path) -> None:
    mapping = mapped(library, mmap.PROT_READ | mmap.PROT_WRITE)
    assert mapping[:] == CONTENT
    release_pages([str(library)])
    assert resident_kb(str(library)) == N_BYTES >> 10


def test_other_libraries_are_left_alone(library: Path) -> None:
    mapping = mapped(library)
    assert mapping[:] == CONTENT
    release_pages([str(library.with_name("another.so"))])
    assert resident_kb(str(library)) == N_BYTES >> 10


def test_libraries_of_imported_modules_are_found() -> None:
    assert any("_multiarray_umath" in path for path in imported_libraries())
    assert all(Path(path).is_file() for path in imported_libraries())


def test_llvm_is_one_of_the_libraries_that_are_mapped() -> None:
    assert resident_kb(linker.library()) > 0
