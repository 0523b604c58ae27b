"""The pace: how many records are applied between two turns of the event loop."""

from __future__ import annotations

MAX_RECORDS = 4_096
FIRST_RECORDS = 64
CHUNK_S = 0.05
"""Time between two turns that goes unnoticed: heartbeats, probes and a SIGTERM wait no longer than this."""

MAX_GROWTH = 2.0


class Pace:
    """Cut batches into chunks of about `CHUNK_S`.

    A record costs some 10 us where a chunk holds many series and a hundred times that where all are of one, or a
    thousand times where each carries many points, so the size is learned from how long the last chunk took.

    Attributes
    ----------
    n_records : int
        Records of the next chunk, 1 to `MAX_RECORDS`.
    """

    def __init__(self) -> None:
        self.n_records = FIRST_RECORDS

    def took(self, n_records: int, seconds: float) -> None:
        """Learn from a chunk; one that was cut short by the end of its batch never slows the next."""
        wanted = n_records * min(CHUNK_S / max(seconds, 1e-9), MAX_GROWTH)
        if wanted >= n_records:
            wanted = max(wanted, self.n_records)
        self.n_records = max(1, min(int(wanted), MAX_RECORDS))
