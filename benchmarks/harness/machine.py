"""The machine that figures were made on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

GIB = 1024**3
KAFKA_VERSION = Path(__file__).parents[2] / "deploy" / "kafka" / "version.sh"


def describe() -> str:
    """Name processor, memory, versions, and what else the machine does right now."""
    kafka = subprocess.run([KAFKA_VERSION], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, Kafka {kafka} on the same machine; {moment}, "
        f"{_others()} of the cores' time used by other processes"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _others(seconds: float = 2.0) -> str:
    """Measure which part of the processor others use while we wait."""
    busy_before, all_before = _ticks()
    time.sleep(seconds)
    busy, total = _ticks()
    return f"{(busy - busy_before) / max(1, total - all_before):.0%}"


def _ticks() -> tuple[int, int]:
    """Read the ticks of all cores: busy ones, and all."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
