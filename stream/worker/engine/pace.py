"""The pace: how many records are applied between two turns of the event loop."""

from __future__ import annotations

MAX_RECORDS = 4_096
CHUNK_S = 0.05
"""Time between two turns that goes unnoticed: heartbeats, probes and a SIGTERM wait no longer than this."""

FEW_RECORDS = 64
LONGEST_S = 0.5
"""So few records are cut further only when they take longer than this. A call of the detector costs as much as some
hundreds of records of other series: where the machine is busy with something else, a chunk of a single record takes
longer than `CHUNK_S` too, and who cut down to it would never again score series together."""

MAX_GROWTH = 2.0


class Pace:
    """Cut batches into chunks of about `CHUNK_S`.

    A record costs some 10 us where a chunk holds many series and a hundred times that where all are of one, or a
    thousand times where each carries many points, so the size is learned from how long the last chunk took; the first
    is of a single record.

    Attributes
    ----------
    n_records : int
        Records of the next chunk, 1 to `MAX_RECORDS`.
    """

    def __init__(self) -> None:
        self.n_records = 1

    def took(self, n_records: int, seconds: float) -> None:
        """Learn from a chunk; one that was cut short by the end of its batch never slows the next."""
        wanted = n_records * min(CHUNK_S / max(seconds, 1e-9), MAX_GROWTH)
        bearable = n_records * min(LONGEST_S / max(seconds, 1e-9), MAX_GROWTH)
        wanted = max(wanted, min(bearable, FEW_RECORDS))
        if wanted >= n_records:
            wanted = max(wanted, self.n_records)
        self.n_records = max(1, min(int(wanted), MAX_RECORDS))
