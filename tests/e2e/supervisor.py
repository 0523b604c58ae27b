"""A supervisor: starts a worker again when it asks for it with exit code 75, as systemd or Kubernetes would."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from stream.errors import RESTART_EXIT_CODE
from tests.e2e.worker_process import WorkerProcess

LOOK_EVERY_S = 0.2


class Supervised:
    """Keep a worker running until the end of the block.

    Parameters
    ----------
    worker : WorkerProcess
        Not started.

    Attributes
    ----------
    exit_codes : list of int
        Codes with which the worker ended by itself.
    """

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker = worker
        self.exit_codes: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor")

    def __enter__(self) -> Self:
        """Start the worker and wait until it is ready."""
        self.worker.start()
        self.worker.wait_ready()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the worker end for good."""
        self._over.set()
        self._thread.join()
        self.worker.__exit__(kind, error, trace)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            code = self.worker.process.poll()
            if code is not None:
                self.exit_codes.append(code)
                if code != RESTART_EXIT_CODE:
                    return
                self.worker.start()
