"""The real `streamgauge notify` as a process of its own."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.worker_process import WorkerProcess


class NotifyProcess(WorkerProcess):
    """A notifier that can be started, killed and started again.

    Parameters
    ----------
    log : Path
    file : Path
        Receivers and routes.
    secrets : dict of str to str
        Environment variables that the file refers to.
    settings : object
        As of a worker.
    """

    command = ("notify",)

    def __init__(self, log: Path, file: Path, secrets: dict[str, str], **settings: object) -> None:
        timing = {"session_timeout_s": 6, "heartbeat_interval_s": 1, "partitions": 4}
        super().__init__(log, notify_file=file, **(timing | settings))
        self.environment |= secrets
