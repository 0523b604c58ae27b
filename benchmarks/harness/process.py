"""CPU and memory of a process, read from outside."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NamedTuple

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Measured(NamedTuple):
    """A stretch of a process's work.

    Attributes
    ----------
    n_points : int
    seconds, cpu_seconds : float
        The CPU is that of the whole process.
    """

    n_points: int
    seconds: float
    cpu_seconds: float

    @property
    def points_per_s(self) -> float:
        """Points a second, by the clock; NaN where all was over before the first look."""
        return self.n_points / self.seconds if self.n_points else math.nan

    @property
    def cpu_us(self) -> float:
        """CPU in microseconds a point; NaN where all was over before the first look."""
        return self.cpu_seconds / self.n_points * 1e6 if self.n_points else math.nan


def cpu_seconds(pid: int) -> float:
    """Read the CPU time of a process, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_bytes(pid: int) -> int:
    """Read the resident set of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
