"""Processes of a campaign, each started again whenever it ends, as systemd or Kubernetes would."""

from __future__ import annotations

import signal
import threading
from collections import Counter

from stream.errors import RESTART_EXIT_CODE, BrokerUnreachableError
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import WorkerProcess

LOOK_EVERY_S = 0.2
KILLED = -signal.SIGKILL
EXPECTED = {0, RESTART_EXIT_CODE, BrokerUnreachableError.exit_code, KILLED, -signal.SIGTERM}
"""Exit codes that a fault may lead to; SIGTERM while Python still imports ends a process without a line."""


class Member:
    """A supervised process.

    Parameters
    ----------
    name : str
    worker : WorkerProcess
        Not started.

    Attributes
    ----------
    is_up : bool
        Whether it is to run.
    exit_codes : Counter of int
        Of every end so far.
    """

    def __init__(self, name: str, worker: WorkerProcess) -> None:
        self.name, self.worker = name, worker
        self.is_up = False
        self.exit_codes: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"supervisor of {name}")
        self._thread.start()

    def up(self) -> None:
        """Start it, if it is down, and keep it running."""
        with self._lock:
            if not self.is_up:
                self.worker.start()
                self.is_up = True

    def down(self) -> None:
        """End it in order, for good."""
        with self._lock:
            if self.is_up:
                self.is_up = False
                self.terminate()
                self.exit_codes[self.worker.process.returncode] += 1

    def terminate(self) -> None:
        """Send SIGTERM and wait for the end; if it is to run, it is started again."""
        process = self.worker.process
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.worker.process.kill()

    def freeze(self) -> None:
        """Stop it with SIGSTOP."""
        self.worker.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on with SIGCONT."""
        self.worker.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it by force, and its supervisor."""
        self._over.set()
        self._thread.join()
        if self.is_up:
            self.worker.kill9()
            self.is_up = False

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            with self._lock:
                if self.is_up and (code := self.worker.process.poll()) is not None:
                    self.exit_codes[code] += 1
                    self.worker.start()
