"""Partition processor: records in, state changes and events out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import structlog

from stream.detection.arrays import Bool, Int64
from stream.detection.points.staleness import Staleness
from stream.detectors import AnyDetector
from stream.events.dead_letter import SourcePartition
from stream.events.dead_letter_log import DeadLetterLog
from stream.formats.points import Decoder
from stream.formats.state.rules import RULES_KEY
from stream.kafka.topics.identity import IDENTITY_KEY
from stream.kafka.topics.records import Records
from stream.worker.batches import DecodedBatch, PointBatch
from stream.worker.engine.sending.outbox import Outbox
from stream.worker.engine.sending.producer import Message
from stream.worker.engine.snapshot import Snapshot
from stream.worker.engine.store import ChangelogRecord, RuleChange, StateRecord
from stream.worker.keys.admission import AdmissionControl
from stream.worker.keys.key_index import NO_SLOT
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.placement import Placement
from stream.worker.keys.policies import PolicyResolver
from stream.worker.keys.rules_in_force import RulesInForce
from stream.worker.keys.staleness import StalenessConfig, StalenessMonitor
from stream.worker.messages.episodes import EpisodeMessages
from stream.worker.observability.memory import freeze_and_trim
from stream.worker.observability.metrics import Metrics
from stream.worker.observability.outcome_counters import OutcomeCounters
from stream.worker.observability.tolerance_log import ToleranceLog
from stream.worker.origin import Origin
from stream.worker.reader import DeadLetterTopic, Reader
from stream.worker.recovery import Recovery

log = structlog.get_logger()


def wall_clock_ms() -> int:
    """Return ms since the epoch."""
    return time.time_ns() // 1_000_000


class PartitionProcessor:
    """Applies records to their keys' state, each once.

    Parameters
    ----------
    detector : ForecastDetector or ReconstructionDetector
    decoder : Decoder
    events : EpisodeMessages
        Makes messages out of verdicts.
    origin : Origin
        Which topic the records are of.
    dead_letters : DeadLetterTopic
    max_keys : int
    metrics : Metrics
    staleness_config : StalenessConfig, optional
        When a series is silent; without it none is.
    features : tuple of str, optional
        Names of the features of a model of several.
    dead_letter_log : DeadLetterLog, optional
    placement : Placement, optional
        Without one no series is compared with its partition.
    clock_ms : callable, optional
        The worker's clock; decides nothing but what lies too far in the future, and how often silences are looked for.

    Attributes
    ----------
    detector : ForecastDetector or ReconstructionDetector
    keys : KeyTable
    rules : RulesInForce
        At first none is.
    """

    def __init__(
        self,
        detector: AnyDetector,
        decoder: Decoder,
        events: EpisodeMessages,
        origin: Origin,
        *,
        dead_letters: DeadLetterTopic,
        max_keys: int,
        metrics: Metrics,
        staleness_config: StalenessConfig | None = None,
        features: tuple[str, ...] = (),
        dead_letter_log: DeadLetterLog | None = None,
        placement: Placement | None = None,
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.detector = detector
        mark = origin.source.mark
        policies = PolicyResolver(features if detector.n_slots > 1 else ())
        self.keys = KeyTable(detector.state, max_keys, detector.n_slots, policies, mark)
        self.rules = RulesInForce(self.keys, policies, mark)
        self._recovery = Recovery(self.keys, detector.state, detector.n_slots, mark, self._damaged)
        self._origin = origin
        self._reader = Reader(decoder, detector.n_features, dead_letters)
        self._tolerance_log = ToleranceLog(origin.source.topic, metrics)
        self._is_restored = False
        self._events = events
        self._dead_letter_log = dead_letter_log or DeadLetterLog()
        self._placement = placement
        self._metrics, self._outcome_counters = metrics, OutcomeCounters(metrics)
        self._silences_suppressed = metrics.suppressed.labels("silence_limit")
        self._clock_ms = clock_ms
        staleness_config = staleness_config or StalenessConfig(silent_after=0, limit=0)
        self._staleness = StalenessMonitor(self.keys, detector.state, detector.n_slots, staleness_config)
        self._admission = AdmissionControl(self.keys, self._staleness, metrics)
        self._silences = events.silences(detector.state, staleness_config.silent_after)
        metrics.series.set_function(lambda: len(self.keys))
        metrics.rule_changes.set_function(lambda: self.rules.n_changes)

    def apply(self, fetched: Mapping[int, Records], outbox: Outbox) -> None:
        """Apply consecutive records of each partition; put results into the outbox."""
        with self._metrics.batch_seconds.time():
            now_ms = self._clock_ms()
            parts = {partition: self._read(partition, records, now_ms) for partition, records in fetched.items()}
            decoded = DecodedBatch.joined(list(parts.values()))
            outbox.put([letter for _, letter in decoded.rejected], [])
            self._count_read(decoded)
            if decoded.keys:
                slots = self._find({partition: part.keys for partition, part in parts.items()}, now_ms)
                self._apply(slots, decoded, outbox)
            for partition in fetched:
                outbox.put(self._build_silent_events(partition, now_ms), [])

    def _read(self, partition: int, records: Records, now_ms: int) -> DecodedBatch:
        self._origin.reading(partition)
        return self._reader.read(SourcePartition(self._origin.source.topic, partition), records, now_ms)

    def _find(self, names: Mapping[int, list[bytes]], now_ms: int) -> Int64:
        """Return the slot of each message's key, or none without room."""
        found = np.zeros(0, np.int64)
        for partition, keys in names.items():
            found = np.concatenate([found, self._admission.find(partition, keys, now_ms, found)])
            if self._placement is not None:
                self._placement.check(partition, self.keys)
        return found

    def _apply(self, slots: Int64, decoded: DecodedBatch, outbox: Outbox) -> None:
        held = slots != NO_SLOT
        if not held.all():
            self._metrics.waiting.inc(int(decoded.n_points[~held].sum()))
        fresh = np.zeros(len(slots), np.bool_)
        fresh[held] = self._drop_replayed(
            slots[held] * self.detector.n_slots, decoded.partitions[held], decoded.offsets[held]
        )
        n_replayed = int(np.count_nonzero(~fresh[held]))
        if n_replayed:
            self._metrics.replayed.inc(n_replayed)
        self._score(decoded.fresh_points(slots, fresh), outbox)

    def _drop_replayed(self, slots: Int64, partitions: Int64, offsets: Int64) -> Bool:
        """Return which messages are new; drop replayed ones."""
        state = self.detector.state
        fresh: Bool = (state.partition[slots] != partitions) | (offsets > state.offset[slots])
        state.partition[slots[fresh]], state.offset[slots[fresh]] = partitions[fresh], offsets[fresh]
        return fresh

    def _score(self, batch: PointBatch, outbox: Outbox) -> None:
        outbox.put(self._build_back_events(batch), [])
        verdicts = self.detector.score(
            batch.slots, batch.timestamps_ms, batch.values, batch.delivery_lag_s(), batch.is_history()
        )
        self._staleness.mark_seen(batch.slots)
        self._outcome_counters.add(verdicts)
        episodes = self._events.episodes(self.detector.state, batch, verdicts)
        outbox.put(episodes, self._events.scores(batch, verdicts))

    def _build_back_events(self, batch: PointBatch) -> list[Message]:
        """Build "back" events, preceded by unpublished "silent" ones."""
        messages = []
        for slot, row, silence in self._staleness.recovered(batch):
            (partition, offset), timestamp_ms = batch.place(row), int(batch.timestamps_ms[row])
            key, in_state = self.keys.name(slot), slot * self.detector.n_slots
            if silence == Staleness.PENDING:
                messages.append(self._silences.silent(key, in_state, self._staleness.n_others(partition)))
            if silence != Staleness.SUPPRESSED:
                messages.append(self._silences.back(key, in_state, timestamp_ms, partition, offset))
        return messages

    def _build_silent_events(self, partition: int, now_ms: int) -> list[Message]:
        """Build "silent" events of stale series."""
        n_suppressed = self._staleness.n_suppressed
        slots = self._staleness.check(partition, now_ms)
        if self._staleness.n_suppressed != n_suppressed:
            self._silences_suppressed.inc(self._staleness.n_suppressed - n_suppressed)
        n_others = self._staleness.n_others(partition) if slots else 0
        return [self._silences.silent(self.keys.name(slot), slot * self.detector.n_slots, n_others) for slot in slots]

    def _count_read(self, decoded: DecodedBatch) -> None:
        for bad, _ in decoded.rejected:
            self._metrics.dead_letters.labels(bad.reason).inc()
        self._dead_letter_log.add(decoded.rejected)
        self._tolerance_log.add(self._reader.take_tolerated())

    def restore(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Take in consecutive records of one changelog partition."""
        keys = [record.key for record in records]
        if IDENTITY_KEY in keys or RULES_KEY in keys:
            records = self._without_own(partition, records)
        self._recovery.restore(partition, records)

    def _without_own(self, partition: int, records: Sequence[ChangelogRecord]) -> list[ChangelogRecord]:
        """Take in the records about the partition itself, and return those of its series."""
        series: list[ChangelogRecord] = []
        for record in records:
            if record.key == IDENTITY_KEY:
                self._origin.restore(StateRecord(partition, record.key, record.value))
            elif record.key == RULES_KEY:
                self.rules.restore(StateRecord(partition, record.key, record.value))
            else:
                series.append(record)
        return series

    def restored(self) -> None:
        """Check layout and origin of the restored state, and take on its rules."""
        self._recovery.restored()
        self._origin.restored()
        self.rules.restored()
        self._is_restored = True

    def is_rule_change_due(self, partition: int) -> bool:
        """Check whether other rules are wanted than are in force."""
        return self.rules.is_due(partition)

    def is_rule_set_known(self, partition: int) -> bool:
        """Check whether the changelog says which rules were in force."""
        return self.rules.is_known(partition)

    def rule_change(self, offsets: Mapping[int, int]) -> RuleChange:
        """Prepare the rules that hold from these offsets on."""
        return self.rules.change(offsets)

    def _damaged(self, partition: int, key: bytes) -> None:
        self._metrics.damaged.inc()
        log.warning(
            "state record damaged",
            key=key.decode(errors="backslashreplace"),
            partition=partition,
            text="its checksum does not fit: what was learned of the series is dropped, it warms up again",
        )

    def snapshot(self) -> Snapshot:
        """Pack what changed since the last snapshot."""
        if self._is_restored:  # Faust has let go of the last records of the changelog by now.
            self._is_restored = False
            freeze_and_trim()
        self._staleness.snapshotted()
        return self.keys.snapshot(self._origin.snapshot())

    def keep_only(self, partitions: set[int]) -> None:
        """Drop the state of all other partitions."""
        self._origin.keep_only(partitions)
        self._recovery.keep_only(partitions)
        self.rules.keep_only(partitions)
        self.keys.keep_only(partitions)
        self._staleness.keep_only(partitions)
