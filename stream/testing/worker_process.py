"""Worker process of the demo: the real `streamgauge worker`."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from stream.errors import StreamgaugeError

READY_WITHIN_S = 180.0
"""A worker starts in about 6 s on the embedded broker, 3 of which its group takes to form. The first one of a version
compiles the detector before that, for which there is no limit as long as it uses the processor."""

COMPILING = "compiling the detector"
"""Event in a worker's log; while it compiles, it logs nothing else."""

STOPPED_WITHIN_S = 15.0
"""A worker promises to leave within 5 s of SIGTERM; here a busy machine may need longer."""

LEAVES_WITHIN_S = 3.0
"""Patience with a worker whose work nobody waits for any more."""

N_LAST_LINES = 15
"""Lines of its log that are shown when it ended by itself."""


class WorkerProgress(NamedTuple):
    """Messages of one point that a worker is done with: read, or refused and dead-lettered."""

    n_read: int
    n_refused: int


@contextmanager
def worker(environment: Mapping[str, str], log: Path) -> Iterator[Worker]:
    """Run a worker process, and end it on leaving.

    Parameters
    ----------
    environment : mapping of str to str
        All of it; settings are STREAMGAUGE_* variables. It must ask for a JSON log and for health port 0.
    log : Path
        File that takes all that the process prints.
    """
    with ExitStack() as stack:
        with _signals_held(), log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "stream", "worker"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            stack.callback(_end, process)
        yield Worker(process, log)


class Worker:
    """A worker process that runs.

    Parameters
    ----------
    log : Path
        File that takes all that the process prints.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self._port: int | None = None

    def wait_ready(self, report: Callable[[str], None] = lambda text: None) -> None:
        """Wait until it reads points.

        Parameters
        ----------
        report : callable
            Receives a sentence if the worker has to compile first.

        Raises
        ------
        StreamgaugeError
            If it ends by itself, or is not ready in time.
        """
        deadline, compiled_s = time.monotonic() + READY_WITHIN_S, 0.0
        while self._ask("/readyz") is None:
            self.check()
            if self._is_compiling() and (used_s := self._used_s()) > compiled_s:
                if not compiled_s:
                    report(f"{COMPILING}, once for this version: half a minute, longer on a busy machine")
                deadline, compiled_s = time.monotonic() + READY_WITHIN_S, used_s
            if time.monotonic() > deadline:
                raise self._error(f"was not ready within {READY_WITHIN_S:g} s")
            time.sleep(0.1)

    def check(self) -> None:
        """Make sure that it runs.

        Raises
        ------
        StreamgaugeError
            If it ended by itself; with the last lines of its log.
        """
        code = self._process.poll()
        if code is not None:
            raise self._error(f"ended by itself with exit code {code}")

    def done(self) -> WorkerProgress:
        """Count what it has done so far."""
        metrics = (self._ask("/metrics") or "").splitlines()
        return WorkerProgress(
            _total(metrics, "streamgauge_points_total"), _total(metrics, "streamgauge_dead_letters_total")
        )

    def stop(self) -> None:
        """Stop the process; its last checkpoint sends what is left.

        Raises
        ------
        StreamgaugeError
            If it does not end in time, or with an error.
        """
        self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            raise self._error(f"did not stop within {STOPPED_WITHIN_S:g} s") from None
        if self._process.returncode != 0:
            raise self._error(f"stopped with exit code {self._process.returncode}")

    def _ask(self, path: str) -> str | None:
        """Return the health endpoint's answer; None unless 200."""
        if self._port is None:
            self._port = self._find_port()
        if self._port is None:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == http.client.OK else None
        except OSError:
            return None
        finally:
            connection.close()

    def _find_port(self) -> int | None:
        for line in self._lines():
            if '"health listening"' in line and line.endswith("}"):
                return int(json.loads(line)["port"])
        return None

    def _is_compiling(self) -> bool:
        return f'"{COMPILING}"' in "".join(self._lines()[-1:])

    def _used_s(self) -> float:
        """Read how much time of the processor it has used."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # In user mode, and in the kernel.

    def _error(self, what: str) -> StreamgaugeError:
        last_lines = "".join(f"\n  {line}" for line in self._lines()[-N_LAST_LINES:])
        return StreamgaugeError(f"the worker {what}; the last lines of its log:{last_lines or ' none'}")

    def _lines(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM waiting.

    A process that the kernel has started and Python has not yet named would outlive us: nobody could end it.
    """
    held: list[int] = []
    before = {number: signal.signal(number, lambda n, _: held.append(n)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(held[0])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, by force after a while."""
    process.terminate()
    try:
        process.wait(LEAVES_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _total(metrics: list[str], counter: str) -> int:
    """Sum a counter over its labels."""
    return sum(int(float(line.rsplit(maxsplit=1)[-1])) for line in metrics if line.startswith(counter))
