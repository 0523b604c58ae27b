"""What every peer gets from the benchmark, and what it gives back; the standard library alone."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from typing import NamedTuple


class Task(NamedTuple):
    """What a peer is to read.

    Attributes
    ----------
    brokers, topic, group : str
    n_skipped, n_measured : int
        Events before those that are measured, and events that are measured.
    n_series, n_warmup : int
        So many series have had so many events each, too, before any is measured: a client may read a partition to its
        end before the next one, and a model whose first window is not full gives a score for nothing.
    model : str
        Path of the ONNX network, for the peer that runs it.
    """

    brokers: str
    topic: str
    group: str
    n_skipped: int
    n_measured: int
    n_series: int
    n_warmup: int
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
        self._task = task
        self._n_seen = self._n_measured = self._n_warm = 0
        self._n_of_series: Counter[str] = Counter()
        self._started = self._cpu_started = 0.0

    def count(self, series: str = "") -> None:
        """Note that an event is done."""
        if self._started:
            self._n_measured += 1
            if self._n_measured == self._task.n_measured:
                self._report()
            return
        self._n_seen += 1
        self._n_of_series[series] += 1
        self._n_warm += self._n_of_series[series] == self._task.n_warmup
        if self._n_seen >= self._task.n_skipped and self._n_warm >= self._task.n_series:
            self._started, self._cpu_started = time.perf_counter(), time.process_time()

    def _report(self) -> None:
        seconds, cpu_seconds = time.perf_counter() - self._started, time.process_time() - self._cpu_started
        measured = {"n_points": self._n_measured, "seconds": seconds, "cpu_seconds": cpu_seconds}
        # Frameworks replace sys.stdout.
        print(json.dumps(measured), file=sys.__stdout__, flush=True)
