"""The real `streamgauge ingest` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.e2e.worker_process import COMMAND


class IngestProcess:
    """An ingest that can be started, killed and started again; its log goes on in one file.

    Parameters
    ----------
    log : Path
        File that its output is appended to.
    arguments : tuple of str
        Topics and options.
    settings : object
        Settings by the names of their fields, passed as variables.
    """

    def __init__(self, log: Path, *arguments: str, **settings: object) -> None:
        self.log = log
        self._command = [str(COMMAND), "ingest", *arguments]
        chosen = {"log_format": "json", "session_timeout_s": "6", "heartbeat_interval_s": "1", **settings}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
        self._environment = inherited | {f"STREAMGAUGE_{name.upper()}": str(value) for name, value in chosen.items()}

    def __enter__(self) -> Self:
        """Start it and return at once."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it if it still runs."""
        if error is not None:
            error.add_note(f"the log of ingest ends with:\n{self.log.read_text()[-4000:]}")
        self.kill9()

    def kill9(self) -> None:
        """End the process with SIGKILL and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]
