"""The scorer: records of a partition in; state moved, events in the outbox. Everything of the worker but Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import structlog

from stream.detection.episodes.transition import Change, Held
from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.points.staleness import Silence
from stream.detection.state.layout import Bool, Int64
from stream.formats.points import Decoder
from stream.gauges import AnyGauge
from stream.kafka.topics.identity import IDENTITY_KEY
from stream.worker.batches import Batch, Intake
from stream.worker.engine.reading.records import Records
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import Message
from stream.worker.engine.store import StateRecord
from stream.worker.events import Events
from stream.worker.intake import DeadLetterTopic, Reader, Source
from stream.worker.keys.key_table import WAITS, Keys
from stream.worker.keys.newcomers import Newcomers
from stream.worker.keys.placement import Placement
from stream.worker.keys.policies import Rulebook
from stream.worker.keys.staleness import Listener, Listening
from stream.worker.observability.dead_letter_log import DeadLetterLog
from stream.worker.observability.memory import settle
from stream.worker.observability.metrics import Metrics
from stream.worker.origin import Origin
from stream.worker.recovery import Recovery

log = structlog.get_logger()


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
    origin : Origin
        Which topic the records are of.
    dead_letters : DeadLetterTopic
    max_keys : int
    metrics : Metrics
    listening : Listening, optional
        When a series is silent; without it none is.
    rulebook : Rulebook, optional
        Without one no rule is set.
    dead_letter_log : DeadLetterLog, optional
    placement : Placement, optional
        Without one no series is compared with its partition.
    clock_ms : callable, optional
        The worker's clock; decides nothing but what lies too far in the future, and how often silences are looked for.
    """

    def __init__(
        self,
        gauge: AnyGauge,
        decoder: Decoder,
        events: Events,
        origin: Origin,
        *,
        dead_letters: DeadLetterTopic,
        max_keys: int,
        metrics: Metrics,
        listening: Listening | None = None,
        rulebook: Rulebook | None = None,
        dead_letter_log: DeadLetterLog | None = None,
        placement: Placement | None = None,
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.gauge = gauge
        mark = origin.source.mark
        self.keys = Keys(gauge.state, max_keys, gauge.n_slots, rulebook, mark)
        self._recovery = Recovery(self.keys, gauge.state, gauge.n_slots, mark, self._damaged)
        self._origin = origin
        self._reader = Reader(decoder, gauge.n_features, dead_letters)
        self._is_restored = False
        self._events = events
        self._dead_letter_log = dead_letter_log or DeadLetterLog()
        self._placement = placement
        self._metrics = metrics
        self._clock_ms = clock_ms
        listening = listening or Listening(silent_after=0, limit=0)
        self._listener = Listener(self.keys, gauge.state, gauge.n_slots, listening)
        self._newcomers = Newcomers(self.keys, self._listener, metrics)
        self._silences = events.silences(gauge.state, listening.silent_after)
        metrics.series.set_function(lambda: len(self.keys))

    def apply(self, partition: int, records: Records, outbox: Outbox) -> None:
        """Apply consecutive records of one partition, and put what follows from them into the outbox."""
        with self._metrics.batch_seconds.time():
            now_ms = self._clock_ms()
            self._origin.reading(partition)
            taken = self._reader.read(Source(self._origin.source.topic, partition), records, now_ms)
            outbox.put([letter for _, letter in taken.refused], [])
            self._count_refused(taken)
            if taken.keys:
                self._apply(partition, taken, now_ms, outbox)
            outbox.put(self._listen(partition, now_ms), [])

    def _apply(self, partition: int, taken: Intake, now_ms: int, outbox: Outbox) -> None:
        slots = self._newcomers.find(partition, taken.keys, now_ms)
        if self._placement is not None:
            self._placement.check(partition, self.keys)
        held = slots != WAITS
        self._metrics.waiting.inc(int(taken.n_points[~held].sum()))
        fresh = np.zeros(len(slots), np.bool_)
        fresh[held] = self._guard(partition, slots[held] * self.gauge.n_slots, taken.offsets[held])
        self._metrics.replayed.inc(int(np.count_nonzero(~fresh[held])))
        self._score(partition, taken.fresh_points(slots, fresh), outbox)

    def _guard(self, partition: int, slots: Int64, offsets: Int64) -> Bool:
        """Tell which messages the state of their key has not seen: a replay brings back those before the crash."""
        state = self.gauge.state
        fresh: Bool = (state.partition[slots] != partition) | (offsets > state.offset[slots])
        state.partition[slots[fresh]] = partition
        state.offset[slots[fresh]] = offsets[fresh]
        return fresh

    def _score(self, partition: int, batch: Batch, outbox: Outbox) -> None:
        outbox.put(self._returns(partition, batch), [])
        verdicts = self.gauge.score(
            batch.slots, batch.timestamps_ms, batch.values, batch.waited_s(), batch.is_history()
        )
        self._listener.hear(batch.slots)
        self._count(verdicts)
        episodes = self._events.episodes(self.gauge.state, partition, batch, verdicts)
        outbox.put(episodes, self._events.scores(partition, batch, verdicts))

    def _returns(self, partition: int, batch: Batch) -> list[Message]:
        """Say which series are back; of a silence that was not told yet, that first."""
        messages = []
        for slot, row, silence in self._listener.returns(batch):
            key, in_state = self.keys.name(slot), slot * self.gauge.n_slots
            if silence == Silence.DUE:
                messages.append(self._silences.silent(key, in_state, self._listener.n_others(partition)))
            if silence != Silence.UNTOLD:
                timestamp_ms = int(batch.timestamps_ms[row])
                messages.append(self._silences.back(key, in_state, timestamp_ms, partition, batch.offset(row)))
        return messages

    def _listen(self, partition: int, now_ms: int) -> list[Message]:
        """Say which series have fallen silent."""
        n_untold = self._listener.n_untold
        slots = self._listener.look(partition, now_ms)
        self._metrics.suppressed.labels("silence_limit").inc(self._listener.n_untold - n_untold)
        n_others = self._listener.n_others(partition) if slots else 0
        return [self._silences.silent(self.keys.name(slot), slot * self.gauge.n_slots, n_others) for slot in slots]

    def _count(self, verdicts: Verdicts) -> None:
        counts = np.bincount(verdicts.outcome, minlength=len(Outcome))
        metrics = self._metrics
        metrics.points.inc(len(verdicts.outcome))
        metrics.scored.inc(int(counts[Outcome.NORMAL] + counts[Outcome.ANOMALOUS] + counts[Outcome.SUPPRESSED]))
        metrics.warming.inc(int(counts[Outcome.WARMING]))
        metrics.filling.inc(int(counts[Outcome.FILLING]))
        metrics.resets.inc(int(counts[Outcome.RESET]))
        metrics.duplicate.inc(int(counts[Outcome.DUPLICATE]))
        metrics.late.inc(int(counts[Outcome.LATE]))
        metrics.gaps.inc(verdicts.n_gaps)
        metrics.imputed.inc(verdicts.n_imputed)
        metrics.maintenance.inc(int(counts[Outcome.MAINTENANCE]))
        metrics.pending.inc(sum(each.change == Change.PENDING for each in verdicts.transitions))
        for reason in (Held.MIN_DEVIATION, Held.DIRECTION):
            metrics.suppressed.labels(reason.name.lower()).inc(int(verdicts.n_held[reason]))

    def _count_refused(self, taken: Intake) -> None:
        for bad, _ in taken.refused:
            self._metrics.dead_letters.labels(bad.reason).inc()
        self._dead_letter_log.add(taken.refused)

    def restore(self, records: list[StateRecord]) -> None:
        """Take in consecutive records of one changelog partition."""
        for record in records:
            if record.key == IDENTITY_KEY:
                self._origin.restore(record)
        self._recovery.restore([record for record in records if record.key != IDENTITY_KEY])

    def restored(self) -> None:
        """Make sure that the state is of the topic that is read, now that all of it is there."""
        self._origin.restored()
        self._is_restored = True

    def _damaged(self, partition: int, key: bytes) -> None:
        self._metrics.damaged.inc()
        log.warning(
            "state record damaged",
            key=key.decode(errors="backslashreplace"),
            partition=partition,
            text="its checksum does not fit: what was learned of the series is dropped, it warms up again",
        )

    def snapshot(self) -> list[StateRecord]:
        """Pack what changed since the last snapshot."""
        if self._is_restored:  # Faust has let go of the last records of the changelog by now.
            self._is_restored = False
            settle()
        self._listener.snapshotted()
        return self._origin.snapshot() + self.keys.snapshot()

    def keep_only(self, partitions: set[int]) -> None:
        """Drop the state of all other partitions."""
        self._origin.keep_only(partitions)
        self.keys.keep_only(partitions)
        self._listener.keep_only(partitions)
