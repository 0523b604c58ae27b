"""What every peer gets from the benchmark, and what it gives back; the standard library alone."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import NamedTuple


class Task(NamedTuple):
    """What a peer is to read.

    Attributes
    ----------
    brokers, topic, group : str
    n_skipped, n_measured : int
        Events before those that are measured, and events that are measured.
    model : str
        Path of the ONNX network, for the peer that runs it.
    """

    brokers: str
    topic: str
    group: str
    n_skipped: int
    n_measured: int
    model: str

    @classmethod
    def parse(cls) -> Task:
        """Read the task from the command line."""
        parser = argparse.ArgumentParser()
        for name in cls._fields:
            parser.add_argument(f"--{name}", type=int if name.startswith("n_") else str, required=True)
        return cls(**vars(parser.parse_args()))


class Stopwatch:
    """Time and CPU of the whole process between two events; prints them once, as JSON.

    Parameters
    ----------
    task : Task
    """

    def __init__(self, task: Task) -> None:
        self._n_seen, self._first, self._last = 0, task.n_skipped, task.n_skipped + task.n_measured
        self._started = self._cpu_started = 0.0

    def count(self) -> None:
        """Note that an event is done."""
        self._n_seen += 1
        if self._n_seen == self._first:
            self._started, self._cpu_started = time.perf_counter(), time.process_time()
        elif self._n_seen == self._last:
            seconds, cpu_seconds = time.perf_counter() - self._started, time.process_time() - self._cpu_started
            measured = {"n_points": self._last - self._first, "seconds": seconds, "cpu_seconds": cpu_seconds}
            # Frameworks replace sys.stdout.
            print(json.dumps(measured), file=sys.__stdout__, flush=True)
