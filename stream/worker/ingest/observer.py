"""Events of ingest for log, metrics and health endpoint."""

from __future__ import annotations

from faust.types import TP

from stream.ingest.progress import Progress
from stream.worker.observability.health import Health
from stream.worker.observability.lifecycle import EventLog


class IngestObserver(EventLog):
    """Observer of ingest.

    Parameters
    ----------
    health : Health
    progress_log : Progress
    """

    def __init__(self, health: Health, progress_log: Progress) -> None:
        super().__init__(health)
        self._progress_log = progress_log

    def on_lag(self, lag: dict[TP, int]) -> None:
        """Note the messages of all partitions that are not committed."""
        self._progress_log.set_behind(sum(lag.values()))
