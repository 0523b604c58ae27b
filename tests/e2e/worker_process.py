"""The real `streamgauge worker` as a process of its own, as an operator would start it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.waiting import PATIENCE_S, wait_for

COMMAND = Path(sys.executable).with_name("streamgauge")


class WorkerProcess:
    """A worker that can be started, killed and started again; its log goes on in one file.

    Parameters
    ----------
    log : Path
        File that its output is appended to.
    arguments : str
        Of the command, beside the settings.
    settings : object
        Settings by the names of their fields, such as brokers="localhost:9092"; they are passed as variables. No other
        STREAMGAUGE_ variable reaches the worker.
    """

    command: tuple[str, ...] = ("worker",)

    def __init__(self, log: Path, *arguments: str, **settings: object) -> None:
        self.log = log
        self.log.touch()
        self._arguments = arguments
        chosen = {"health_port": 0, "log_format": "json", **settings}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
        self.environment = inherited | {f"STREAMGAUGE_{name.upper()}": str(value) for name, value in chosen.items()}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def __enter__(self) -> Self:
        """Start it and wait until it is ready."""
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it if it still runs, without ceremony: a test of an orderly end calls `terminate`."""
        if error is not None:
            error.add_note(f"the worker's log ends with:\n{self._said()[-4000:]}")
        self._end()

    def start(self) -> None:
        """Start the process and return at once."""
        self._log_start = self.log.stat().st_size
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [COMMAND, *self.command, *self._arguments],
                env=self.environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process started last."""
        if self._process is None:
            raise RuntimeError("this worker was never started: call start() or enter it with `with`")
        return self._process

    def wait_ready(self) -> None:
        """Wait until its /readyz says that points are being read."""
        wait_for(self._is_ready, f"a ready worker; its log is {self.log}")

    def _is_ready(self) -> bool | None:
        code = self.process.poll()
        if code is not None:
            raise RuntimeError(f"the worker ended with exit code {code}; its log:\n{self._said()[-4000:]}")
        try:
            return self.get("/readyz")[0] == http.client.OK or None
        except OSError:
            return None

    def get(self, path: str) -> tuple[int, str]:
        """Ask the health endpoint; return status and body, or raise an OSError as long as it does not listen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.health_port(), timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        """Read a metric from /metrics; the sum over its labels."""
        lines = [line.rpartition(" ") for line in self.get("/metrics")[1].splitlines()]
        return sum(float(number) for label, _, number in lines if label.partition("{")[0] == name)

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        return [line for line in self.lines() if line["event"] == event]

    def _said(self) -> str:
        return self.log.read_bytes()[self._log_start :].decode(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Parse what the process started last has logged; lines that are no JSON objects are left out."""
        lines = [line for line in self._said().splitlines() if line.startswith("{") and line.endswith("}")]
        return [json.loads(line) for line in lines]

    def health_port(self) -> int:
        """Return the port of its health endpoint."""
        for line in self.lines():
            if line.get("event") == "health listening":
                return int(line["port"])
        raise ConnectionError("the worker has not logged the port of its health endpoint yet")

    def exit_code(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait until it ends by itself, and give its code; one that goes on is killed."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired as late:
            self.kill9()
            late.add_note(f"the worker's log ends with:\n{self._said()[-4000:]}")
            raise

    def kill9(self) -> None:
        """End the process with SIGKILL and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds until the process had ended."""
        asked = time.monotonic()
        self.process.send_signal(number)
        code = self.exit_code()
        return code, time.monotonic() - asked

    def _end(self) -> None:
        if self.process.poll() is None:
            self.kill9()
