"""Start of a worker: compilation on a machine that has never run it, then with compiled code."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.harness.run import Run
from benchmarks.harness.table import Table, short
from benchmarks.harness.topic import create
from benchmarks.harness.worker import Application, worker

PREPARE = [sys.executable, "-P", "-m", "stream", "prepare"]
MEGABYTE = 1e6


def measure_tables(run: Run) -> Iterator[tuple[str, Table]]:
    """Compile once a pass into an empty folder, and start a worker of a new group."""
    results = [(*compile_all(), *start(run)) for _ in run.passes()]
    names = (
        *("first start: compiling the detector, s", "of it CPU, s"),
        *("later starts: from the command to reading points, s", "memory before the first series, MB"),
    )
    rows = [
        [name, short(statistics.median(values))] for name, values in zip(names, zip(*results, strict=True), strict=True)
    ]
    yield "start", Table(["a worker starts", ""], rows, f"{run.passes_note.capitalize()}.")


def compile_all() -> tuple[float, float]:
    """Compile the detector; return seconds, and those of CPU."""
    started, cpu_before = time.perf_counter(), _children_cpu_s()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(PREPARE, env=os.environ | {"NUMBA_CACHE_DIR": folder}, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started, _children_cpu_s() - cpu_before


def start(run: Run) -> tuple[float, float]:
    """Start a worker with compiled code; return seconds until it reads, and its resident set in MB."""
    subprocess.run(PREPARE, check=True, stderr=subprocess.DEVNULL)
    application = Application(run.brokers, create(run.brokers, "start"))
    started = time.perf_counter()
    with worker(application.settings) as running:
        running.wait_ready()
        return time.perf_counter() - started, running.memory_bytes() / MEGABYTE


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
