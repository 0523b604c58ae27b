"""Staleness monitor: watermarks, and series that stopped sending."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.points.staleness import Staleness, is_stale
from stream.detection.points.timeline import NOTE_HISTORY
from stream.detection.state.key_state import KeyState
from stream.worker.batches import PointBatch
from stream.worker.keys.key_table import KeyTable
from stream.worker.keys.owners import with_room

CHECK_EVERY_MS: Final = 1_000
LIMIT_MS: Final = 60_000
"""Time in which no more than the limit of silences are told of a partition."""

HYDRATED_AT_ONCE: Final = 1_000
"""Keys from the changelog that are woken in one look, some 10 ms."""

IDLE_INTERVALS: Final = 100.0
IDLE_ABSENCES: Final = 3.0
LEAST_IDLE_S: Final = 3_600.0
"""A key is idle when it has sent nothing for so many of its usual intervals, for so many times what it is used to stay
away, and for at least so long: the interval of a key that has sent one point is not known."""

FEWEST_AHEAD, MOST_AHEAD = 2, 10
SHARE_AHEAD: Final = 20
"""One key in so many, within these bounds, may have a clock that runs ahead: the watermark is that of the next one."""


class StalenessConfig(NamedTuple):
    """When a key is stale, and how many are notified.

    Attributes
    ----------
    silent_after : float
        Usual intervals without a point after which a key is silent, where no rule says otherwise; 0 for never.
    limit : int
        Silences told of a partition within `LIMIT_MS`; beyond, they are only noted.
    """

    silent_after: float
    limit: int


class RecoveredKey(NamedTuple):
    """A stale key that sends again: slot, row, staleness."""

    slot: int
    row: int
    staleness: Staleness


class StalenessMonitor:
    """Detects stale keys and their recovery.

    What it notices goes into the keys' records first, and is told once a checkpoint has made that durable: so no crash
    can bring a `silent` about that is never followed by its `back`. When a key was last heard is not in the records; a
    new owner of a partition begins to wait anew.

    A key whose newest point is history is not listened to, nor does it move the time of the others: only its first
    live point says that it goes on.

    Parameters
    ----------
    keys : KeyTable
    state : KeyState
    n_slots : int
        Slots of the state that a key takes; the first of them is listened to.
    staleness_config : StalenessConfig

    Attributes
    ----------
    n_suppressed : int
        Silences that were only noted.
    """

    def __init__(self, keys: KeyTable, state: KeyState, n_slots: int, staleness_config: StalenessConfig) -> None:
        self.n_suppressed = 0
        self._keys, self._state, self._n_slots = keys, state, n_slots
        self._silent_after, self._limit = staleness_config
        self._has_sent = np.zeros(0, np.bool_)
        self._seen_s = np.zeros(0)
        self._watermark_s: dict[int, float] = {}
        self._looked_ms: dict[int, int] = {}
        self._notified_ms: dict[int, list[int]] = {}
        self._noted: list[int] = []
        self._being_written: list[int] = []
        self._durable: list[int] = []

    def recovered(self, batch: PointBatch) -> list[RecoveredKey]:
        """Return stale keys in this batch; mark them active."""
        state, in_state = self._state, batch.slots * self._n_slots
        rows = np.flatnonzero(state.silence[in_state] != Staleness.ACTIVE.value)
        if not len(rows):
            return []
        rows = rows[batch.timestamps_ms[rows] / 1000.0 > state.timestamp_s[in_state[rows]]]
        slots, first = np.unique(batch.slots[rows], return_index=True)
        found = [
            RecoveredKey(int(slot), int(row), Staleness(state.silence[slot * self._n_slots]))
            for slot, row in zip(slots, rows[first], strict=True)
        ]
        state.silence[slots * self._n_slots] = Staleness.ACTIVE
        return found

    def mark_seen(self, slots: Int64) -> None:
        """Note that points of these keys have come."""
        self._grow()
        self._has_sent[slots] = True

    def check(self, partition: int, now_ms: int) -> list[int]:
        """Record stale keys; return those to notify now."""
        if now_ms - self._looked_ms.get(partition, -CHECK_EVERY_MS) < CHECK_EVERY_MS:
            return []
        self._looked_ms[partition] = now_ms
        self._hydrate(partition)
        slots = self._keys.slots_of(partition)
        slots = slots[(self._state.notes[slots * self._n_slots] & NOTE_HISTORY) == 0]
        watermark_s = self._advance(partition, slots, now_ms)
        if math.isfinite(watermark_s):
            self._note(partition, self._missed(slots, watermark_s), now_ms)
        return self._to_notify(partition)

    def n_others(self, partition: int) -> int:
        """Count a partition's stale keys without notification."""
        silence = self._state.silence[self._keys.slots_of(partition) * self._n_slots]
        return int(np.count_nonzero(silence == Staleness.SUPPRESSED))

    def least_recently_seen(self) -> Int64:
        """Return long idle keys, least recently seen first."""
        self._grow()
        idle = [self._idle(partition, watermark_s) for partition, watermark_s in self._watermark_s.items()]
        slots = np.concatenate([np.zeros(0, np.int64), *idle])
        in_order: Int64 = slots[np.argsort(self._since_s(slots), kind="stable")]
        return in_order

    def _since_s(self, slots: Int64) -> Float64:
        """Return when each key was last seen."""
        since_s: Float64 = np.maximum(self._state.timestamp_s[slots * self._n_slots], self._seen_s[slots])
        return since_s

    def _idle(self, partition: int, watermark_s: float) -> Int64:
        slots = self._keys.slots_of(partition)
        # A key that has just been admitted has no record yet: its first point is about to be scored.
        slots = slots[~self._has_sent[slots] & (self._state.t[slots * self._n_slots] > 0)]
        state, in_state = self._state, slots * self._n_slots
        usual_s = np.maximum(IDLE_INTERVALS * state.interval_s[in_state], IDLE_ABSENCES * state.absence_s[in_state])
        idle: Int64 = slots[watermark_s - self._since_s(slots) > np.maximum(usual_s, LEAST_IDLE_S)]
        return idle

    def snapshotted(self) -> None:
        """Note a checkpoint: the previous one is durable."""
        self._durable += self._being_written
        self._being_written, self._noted = self._noted, []

    def keep_only(self, partitions: set[int]) -> None:
        """Forget the time of all other partitions."""
        for times in (self._watermark_s, self._looked_ms, self._notified_ms):
            for partition in times.keys() - partitions:
                del times[partition]

    def _grow(self) -> None:
        n_keys = self._state.capacity // self._n_slots
        self._has_sent = with_room(self._has_sent, n_keys)
        self._seen_s = with_room(self._seen_s, n_keys)

    def _hydrate(self, partition: int) -> None:
        """Hydrate keys that sent nothing since the start."""
        hydrated = self._keys.hydrate(partition, HYDRATED_AT_ONCE)
        if len(hydrated):
            self.mark_seen(hydrated)
            self._durable += hydrated[self._state.silence[hydrated * self._n_slots] == Staleness.PENDING].tolist()

    def _advance(self, partition: int, slots: Int64, now_ms: int) -> float:
        """Advance the watermark, ignoring clocks that run ahead."""
        times_s = self._state.timestamp_s[slots * self._n_slots]
        before_s = self._watermark_s.get(partition, -math.inf)
        if len(times_s) < FEWEST_AHEAD:
            return before_s
        n_ahead = min(max(len(times_s) // SHARE_AHEAD, FEWEST_AHEAD), MOST_AHEAD)
        reached_s = float(np.partition(times_s, -n_ahead)[-n_ahead])
        self._watermark_s[partition] = max(before_s, min(reached_s, now_ms / 1000.0))
        return self._watermark_s[partition]

    def _missed(self, slots: Int64, watermark_s: float) -> Int64:
        self._grow()
        state, in_state = self._state, slots * self._n_slots
        now = np.full(len(slots), round(watermark_s * 1000))
        excused = state.series_policies.in_maintenance(state.series_policy[in_state], now)
        self._seen_s[slots[self._has_sent[slots] | excused]] = watermark_s
        self._has_sent[slots] = False
        missed: Int64 = slots[is_stale(state, in_state, watermark_s, self._seen_s[slots], self._silent_after)]
        return missed

    def _note(self, partition: int, missed: Int64, now_ms: int) -> None:
        """Record staleness; the longest are notified first."""
        if not len(missed):
            return
        times_s: Float64 = self._state.timestamp_s[missed * self._n_slots]
        missed = missed[np.argsort(times_s, kind="stable")]
        recent = [at for at in self._notified_ms.get(partition, []) if now_ms - at < LIMIT_MS]
        n_notified = min(len(missed), self._limit - len(recent))
        self._notified_ms[partition] = recent + [now_ms] * n_notified
        self._state.silence[missed * self._n_slots] = np.where(
            np.arange(len(missed)) < n_notified, Staleness.PENDING, Staleness.SUPPRESSED
        )
        self._keys.mark_changed(missed)
        self._noted += missed[:n_notified].tolist()
        self.n_suppressed += len(missed) - n_notified

    def _to_notify(self, partition: int) -> list[int]:
        """Return durable stale slots, marked as notified."""
        if not self._durable:
            return []
        durable, ours = np.array(self._durable, np.int64), self._keys.slots_of(partition)
        self._durable = durable[~np.isin(durable, ours)].tolist()
        slots = durable[np.isin(durable, ours) & (self._state.silence[durable * self._n_slots] == Staleness.PENDING)]
        self._state.silence[slots * self._n_slots] = Staleness.NOTIFIED
        self._keys.mark_changed(slots)
        notified: list[int] = slots.tolist()
        return notified
