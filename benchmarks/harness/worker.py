"""A worker that is measured from outside: its log, its `/metrics`, its CPU and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.process import Measured, cpu_seconds, resident_bytes
from benchmarks.harness.topic import delete

POLL_S = 0.05
MEASURED_POLL_S = 0.25
"""While CPU is measured: each look is a scrape that costs the worker some, and Prometheus comes far less often."""

PATIENCE_S = 900.0
STOPPED_WITHIN_S = 60.0
CHECKPOINT_S = 1.5
"""Longer than from one checkpoint to the next: the lag is that of the last one."""

N_LOG_CHARACTERS = 2_000


class Application:
    """Settings of a worker of its own group, and the topics that it makes.

    Parameters
    ----------
    brokers, metrics_topic : str
    **settings : str
        Further settings by the names of their variables without `STREAMGAUGE_`.
    """

    def __init__(self, brokers: str, metrics_topic: str, **settings: str) -> None:
        unique = uuid.uuid4().hex[:8]
        self.brokers, self.metrics_topic, self.app_id = brokers, metrics_topic, f"bench-{unique}"
        self.changelog = f"{self.app_id}-state-changelog"
        self._anomalies = f"bench-anomalies-{unique}"
        self.settings = {"BROKERS": brokers, "APP_ID": self.app_id, "METRICS_TOPIC": metrics_topic}
        self.settings |= {"ANOMALIES_TOPIC": self._anomalies, "HEALTH_PORT": "0", "LOG_FORMAT": "json"} | settings

    def delete_topics(self) -> None:
        """Delete what was read and written: a million series fill a disk."""
        own = [self.changelog, f"{self.app_id}-control", self._anomalies, f"{self._anomalies}.backfill"]
        delete(self.brokers, [self.metrics_topic, f"{self.metrics_topic}.dlq", *own])


class Running:
    """A worker process that runs.

    Parameters
    ----------
    process : Popen
    log : Path
        Where its log goes, as JSON.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log
        self._port: int | None = None

    def memory_bytes(self) -> int:
        """Read the resident set."""
        return resident_bytes(self.process.pid)

    def cpu_s(self) -> float:
        """Read the CPU time since its start."""
        return cpu_seconds(self.process.pid)

    def has_logged(self, event: str) -> bool:
        """Describe whether an event is in the log."""
        return f'"event": "{event}"' in self._log.read_text()

    def metric(self, name: str) -> float:
        """Read a metric, summed over its labels; 0 until the endpoint listens."""
        return sum(self.samples(name).values())

    def samples(self, name: str) -> dict[str, float]:
        """Read a metric by its labels, as `/metrics` writes them; nothing until the endpoint listens."""
        self._port = self._port or self._find_port()
        if self._port is None:
            return {}
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=60) as answer:
            lines = [line.rpartition(" ") for line in answer.read().decode().splitlines()]
        full = f"streamgauge_{name}"
        found = [(sample, value) for sample, _, value in lines if sample == full or sample.startswith(f"{full}{{")]
        return {sample.removeprefix(full): float(value) for sample, value in found}

    def n_points(self) -> int:
        """Count the points received."""
        return round(self.metric("points_total"))

    def wait(self, done: Callable[[], bool], what: str, poll_s: float = POLL_S) -> None:
        """Wait for something of this process.

        Raises
        ------
        RuntimeError
            If it ends before, or takes too long; with the end of its log.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers(done):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain for {what}; the log:\n{self._log.read_text()[-N_LOG_CHARACTERS:]}")
            time.sleep(poll_s)

    @staticmethod
    def _answers(done: Callable[[], bool]) -> bool:
        """Ask whether it is done; not so while the worker does not answer, as one that ends."""
        try:
            return done()
        except OSError:
            return False

    def wait_ready(self) -> None:
        """Wait until it reads points."""
        self.wait(lambda: self.has_logged("reading points"), "a worker that reads points")

    def wait_points(self, n_points: int) -> None:
        """Wait until so many points were received, and their state is behind a checkpoint."""
        self.wait(lambda: self.n_points() >= n_points, f"{n_points:,} points")
        time.sleep(CHECKPOINT_S)
        self.wait(lambda: self.metric("consumer_lag") == 0, "a checkpoint behind the last message")

    def measure(self, n_first: int, n_last: int) -> Measured:
        """Measure from the first look that finds so many points to the first that finds the last of them."""
        self.wait(lambda: self.n_points() >= n_first, f"{n_first:,} points", MEASURED_POLL_S)
        before, started, cpu_before = self.n_points(), time.perf_counter(), self.cpu_s()
        self.wait(lambda: self.n_points() >= n_last, f"{n_last:,} points", MEASURED_POLL_S)
        after, ended, cpu_after = self.n_points(), time.perf_counter(), self.cpu_s()
        return Measured(after - before, ended - started, cpu_after - cpu_before)

    def _find_port(self) -> int | None:
        for line in self._log.read_text().splitlines():
            if '"health listening"' in line and line.endswith("}"):
                return int(json.loads(line)["port"])
        return None


@contextmanager
def worker(settings: Mapping[str, str]) -> Iterator[Running]:
    """Run a worker until the end of the block, then end it in order, unless it was killed.

    Parameters
    ----------
    settings : mapping of str to str
        By the names of their variables without `STREAMGAUGE_`.
    """
    environment = os.environ | {f"STREAMGAUGE_{name}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("w") as output:
            command = [sys.executable, "-P", "-m", "stream", "worker"]
            process = subprocess.Popen(command, env=environment, stderr=output)
        try:
            yield Running(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOPPED_WITHIN_S)


def measure_backlog(brokers: str, topic: str, n_skipped: int, n_points: int, **settings: str) -> Measured:
    """Let a new worker read a full topic from its beginning.

    Parameters
    ----------
    brokers, topic : str
    n_skipped : int
        Points before those that are measured: of the warm-up.
    n_points : int
        Points of the topic.
    **settings : str
    """
    application = Application(brokers, topic, **settings)
    with worker(application.settings) as running:
        return running.measure(n_skipped, n_points - (n_points - n_skipped) // 50)
