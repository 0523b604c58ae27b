"""The scorer: records of a partition in; state moved, events in the outbox. Everything of the worker but Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from stream.detection.record import Bool, Int64
from stream.detection.verdict import Outcome, Verdicts
from stream.formats import Decoder
from stream.gauges import AnyGauge
from stream.worker import intake
from stream.worker.engine.batch import Records
from stream.worker.engine.outbox import Outbox
from stream.worker.engine.store import StateRecord
from stream.worker.events import Events
from stream.worker.intake import Batch, Intake
from stream.worker.keys import Keys
from stream.worker.metrics import Metrics
from stream.worker.rulebook import Rulebook


def wall_clock_ms() -> int:
    """Give the time since the epoch in milliseconds."""
    return time.time_ns() // 1_000_000


class Scorer:
    """Apply records to the state of their keys, in order, each once.

    Parameters
    ----------
    gauge : Gauge or ReconstructionGauge
    decoder : Decoder
    events : Events
        Makes messages out of verdicts.
    dead_letter_topic : str
    max_keys : int
    metrics : Metrics
    rulebook : Rulebook, optional
        Without one no rule is set.
    clock_ms : callable, optional
        The worker's clock; decides nothing but what lies too far in the future.
    """

    def __init__(
        self,
        gauge: AnyGauge,
        decoder: Decoder,
        events: Events,
        *,
        dead_letter_topic: str,
        max_keys: int,
        metrics: Metrics,
        rulebook: Rulebook | None = None,
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.gauge = gauge
        self.keys = Keys(gauge.state, max_keys, gauge.n_slots, rulebook)
        self._decoder = decoder
        self._events = events
        self._dead_letter_topic = dead_letter_topic
        self._max_keys = max_keys
        self._metrics = metrics
        self._clock_ms = clock_ms
        metrics.series.set_function(lambda: len(self.keys))

    def apply(self, partition: int, records: Records, outbox: Outbox) -> None:
        """Apply consecutive records of one partition, and put what follows from them into the outbox."""
        with self._metrics.batch_seconds.time():
            taken = intake.read(
                records, self._decoder, self.gauge.n_features, self._dead_letter_topic, self._clock_ms()
            )
            outbox.put([letter for _, letter in taken.refused], [])
            self._count_refused(taken)
            for part in taken.parts(self._max_keys):
                self._apply(partition, part, outbox)

    def _apply(self, partition: int, taken: Intake, outbox: Outbox) -> None:
        n_evicted = self.keys.n_evicted
        slots = self.keys.find(partition, taken.keys)
        self._metrics.evicted.inc(self.keys.n_evicted - n_evicted)
        fresh = self._guard(partition, slots * self.gauge.n_slots, taken.offsets)
        self._metrics.replayed.inc(int(np.count_nonzero(~fresh)))
        self._score(partition, taken.fresh_points(slots, fresh), outbox)

    def _guard(self, partition: int, slots: Int64, offsets: Int64) -> Bool:
        """Tell which messages the state of their key has not seen: a replay brings back those before the crash."""
        state = self.gauge.state
        fresh: Bool = (state.partition[slots] != partition) | (offsets > state.offset[slots])
        state.partition[slots[fresh]] = partition
        state.offset[slots[fresh]] = offsets[fresh]
        return fresh

    def _score(self, partition: int, batch: Batch, outbox: Outbox) -> None:
        verdicts = self.gauge.score(batch.slots, batch.timestamps_ms, batch.values)
        self._count(verdicts)
        episodes = self._events.episodes(self.gauge.state, partition, batch, verdicts)
        outbox.put(episodes, self._events.scores(partition, batch, verdicts))

    def _count(self, verdicts: Verdicts) -> None:
        counts = np.bincount(verdicts.outcome, minlength=len(Outcome))
        metrics = self._metrics
        metrics.points.inc(len(verdicts.outcome))
        metrics.scored.inc(int(counts[Outcome.NORMAL] + counts[Outcome.ANOMALOUS]))
        metrics.warming.inc(int(counts[Outcome.WARMING]))
        metrics.filling.inc(int(counts[Outcome.FILLING]))
        metrics.resets.inc(int(counts[Outcome.RESET]))
        metrics.duplicate.inc(int(counts[Outcome.DUPLICATE]))
        metrics.late.inc(int(counts[Outcome.LATE]))
        metrics.gaps.inc(verdicts.n_gaps)
        metrics.imputed.inc(verdicts.n_imputed)

    def _count_refused(self, taken: Intake) -> None:
        for bad, _ in taken.refused:
            self._metrics.dead_letters.labels(bad.reason).inc()

    def restore(self, record: StateRecord) -> None:
        """Take in one changelog record."""
        self.keys.restore(record)

    def snapshot(self) -> list[StateRecord]:
        """Pack what changed since the last snapshot."""
        return self.keys.snapshot()

    def keep_only(self, partitions: set[int]) -> None:
        """Drop the state of all other partitions."""
        self.keys.keep_only(partitions)
