"""Memory of the linker after a start: it is given back, and what is linked goes on working."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from stream.detection.compiler.residence import LIBRARY, mappings

RESIDENT = re.compile(r"(\S+)\nSize:.*?\nRss: +(\d+) kB", re.DOTALL)

MEASURE = """
from pathlib import Path
import llvmlite.binding
from stream.detection.scoring.precompile import prepare
prepare()
print(Path("/proc/self/smaps").read_text())
prepare()
"""


def test_a_start_leaves_next_to_nothing_of_the_linker_resident(repository: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", MEASURE], cwd=repository, capture_output=True, text=True, check=True)
    sizes = [int(kib) for path, kib in resident(ended.stdout) if path.endswith(LIBRARY)]
    assert len(sizes) >= 3
    assert sum(sizes) < 8_000


def resident(smaps: str) -> list[tuple[str, str]]:
    """Return the file and the resident KiB of each mapping."""
    return [(path, kib) for path, kib in RESIDENT.findall(smaps) if path.startswith("/")]


def test_a_mapping_that_was_written_to_is_told_from_the_file() -> None:
    of_python = [each for each in mappings() if each.path == os.path.realpath(sys.executable)]
    assert any(not each.is_written for each in of_python)
    assert any(each.is_written for each in mappings())
