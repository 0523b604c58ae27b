"""The state of the detector: what it remembers of every key, in the terms of its specification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stream.detection.state.key_state import KeyState
from stream.detection.state.layout import (
    DAY_SLOTS,
    RECORD,
    WEEK_SLOTS,
    Bool,
    Float32,
    Float64,
    Int16,
    Int32,
    Int64,
    Records,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    blank,
    layout,
)
from stream.detection.state.policy import Transform, Treatment

HOUR_S: Final = 3600.0
COUNTER: Final = 1
"""Of the field `counter`: the key is one."""

KEPT = (
    "partition",
    "offset",
    "episode_id",
    "episode_start_ms",
    "episode_update_ms",
    "episode_calm_ms",
    "episode_peak",
    "episode_direction",
    "episode_calm",
    "episode_repeats",
    "episode_phase",
    "episode_kind",
    "episode_severity",
    "counter",
)
"""Fields of a key that outlive a change of its transform: a replay is still told, an open episode still closed."""


class State(KeyState):
    """What the detector remembers of every key, beside what every `KeyState` does.

    Parameters
    ----------
    capacity : int
        Slots to make room for at once. All of them start as keys not seen yet.
    n_history : int
        Records that a windowed forecaster looks back.
    model : int
        Fingerprint of what it looks at; a record with another one is not taken in.

    Attributes
    ----------
    x0 : float64, shape (capacity,)
        First value of the key; every other quantity in the metric's unit is relative to it.
    rotation_s : float64, shape (capacity,)
        Time of the last rotation of the maps.
    rotation_t, alarm_t, warm_until : uint32, shape (capacity,)
        The record of the last rotation; the record of the last alarm (0 acts as "never"); after a hole, the record up
        to which no alarm is raised.
    base, exponent : int32 and int16, shape (capacity, 4)
        Grids of the maps: bin j covers [(base + j), (base + j + 1)) * 2^exponent.
    pair_base, pair_exponent : int32, shape (capacity, 2), and int16
        Grid of the pair map: first column (value), first row (half the mean of 24), common exponent.
    low, high, previous_low, previous_high : float32, shape (capacity, 4)
        Hulls of the four statistics, of the current and of the previous generation.
    bits, pair_bits, occupied : uint64 (capacity, 2, 4, 4), uint64 (capacity, 2, 66, 2), uint16 (capacity, 4)
        Bins and cells seen, generation 0 is the current one (see `bitmap`); how many bins are set in either generation.
    centre, variance, mean_12, mean_24, variance_24, previous : float32, shape (capacity,)
        Scaling of the inputs: m, S2, E12, M24, V24 and the last value of the specification's section 6.
    window, residual_window : float32, shape (capacity, 24) and (capacity, 12)
        Rings of the last values and of the last absolute residuals.
    last_residual, residual_before, level : float32, shape (capacity,)
        The two last residuals e1 and e2, and the slow mean L.
    magnitude, energy, z, peak : float32, shape (capacity,), `energy` (capacity, 5)
        Largest absolute value A, usual novelty M, leaky sum of all rho, peak of the last alarm.
    event_distance, event_peak, event_count, event_weight, event_sizes : float32, shape (capacity, 5)
        Of each statistic (`stream.detection.evidence.record_evidence`): leaky sum of its distances, the largest of it
        in the event that lasts, events so far, events that its usual size is made of, and the sum of their sizes.
    event_age : uint8, shape (capacity, 5)
        0 without an event, 1 while the statistic is new, and 1 more for each record since.
    tail_threshold, tail_excess, tail_square, tail_rate, tail_clusters, tail_peak, tail_largest : float32 (capacity, 12)
        Of each tail (`stream.detection.evidence.tail_evidence`): its threshold, mean and mean square of the excess of
        clusters (while the tail starts, threshold and square hold mean and sum of squares), clusters a record, clusters
        so far, highest excess of the cluster that lasts, and the highest before it, which wears off.
    tail_age, tail_alerted, tail_gap : uint16, uint16 and uint8, shape (capacity, 12)
        1 and the records since its cluster began, since that alarmed (0 for neither), and since it was last exceeded.
    run, unchanged : float32 (capacity, 2), uint16 (capacity,)
        Leaky sums of the value's excess above and below; records in a row without a change.
    week_on_since_s : float64, shape (capacity,)
        Since when the profile of the week has been of use without a break; 0 while it is not.
    records : structured array of `RECORD`, shape (capacity,)
        All of these side by side, but for the history.
    slot, slot_sum, slot_count : float32, shape (capacity, 2)
        Open hour of the day and of the week, what was added to it. A count of 0 says that none is open.
    profile, profile_error, centre_error : uint16 (capacity, 192), float32 (capacity, 2), float32 (capacity, 2)
        Codes of 24 hours and 168 hours on the value's grid (0: unknown); how wrong profile and centre usually are.
    slot_deviation, slot_change, profile_size : float32 (capacity, 2), float32 (capacity,), uint8 (capacity, 216)
        Deviations and changes summed up in the open hours; codes of the usual deviation of each hour of the day and of
        the week, then of the usual change in each hour of the day.
    outlook, outlook_sharpness : float32, shape (capacity, 24)
        Far forecasts that wait for their record: its value less x0, and one over the width; 0 where none waits.
    moment, moment_fast, moment_age, moment_high, moment_peak : float32, shape (capacity,)
        How far the far forecasts have been off lately, slowly and fast forgotten; how many were compared; the largest
        usual deviation and the peak of the one under way, which set its threshold.
    change, quiet_high, quiet_peak : float32, shape (capacity,)
        Mean change from record to record; the same two of the score that tells a flat line.
    h, c, parameters, forecast : float32, shape (capacity, 32) twice, (capacity, 9) and (capacity,)
        The forecaster's state, its last mixture and the forecast of the next record less x0.
    history : float64, shape (capacity, n_history)
        Ring of the values that a windowed forecaster looks back on: that of record t is at t % n_history.
    absurd_run, outliers : uint8, shape (capacity,)
        Absurd records in a row; 1 once a value was left out of what the hulls hold.
    episode_reference, episode_deviation : float32, shape (capacity,)
        Of the open episode: what was expected where it opened, less x0, and how far off that the record was.
    calm_low, calm_high, calm_level, calm_centre, calm_variance : float32, shape (capacity,)
        Hull of the values, level, slow mean and variance when the key was last calm: an episode does not move them.
    counter : uint8, shape (capacity,)
        Whether the key is a counter, as its points say: see `stream.detection.points.counters.Counter`.
    tendency : uint16, shape (capacity, 2)
        How often a key rises and falls: see `stream.detection.points.counters`.
    transform, reference : uint8, float64, shape (capacity,)
        What all the above is made of, a `Transform`, and the number that this needs:
        see `stream.detection.points.transform`.
    """

    x0: Float64
    rotation_s: Float64
    reference: Float64
    history: Float64
    bits: UInt64
    pair_bits: UInt64
    rotation_t: UInt32
    alarm_t: UInt32
    warm_until: UInt32
    base: Int32
    pair_base: Int32
    centre: Float32
    variance: Float32
    mean_12: Float32
    mean_24: Float32
    variance_24: Float32
    previous: Float32
    last_residual: Float32
    residual_before: Float32
    forecast: Float32
    level: Float32
    z: Float32
    magnitude: Float32
    peak: Float32
    slot_sum: Float32
    slot_count: Float32
    profile_error: Float32
    centre_error: Float32
    energy: Float32
    week_on_since_s: Float64
    event_distance: Float32
    event_peak: Float32
    event_count: Float32
    event_weight: Float32
    event_sizes: Float32
    event_age: UInt8
    tail_threshold: Float32
    tail_excess: Float32
    tail_square: Float32
    tail_rate: Float32
    tail_clusters: Float32
    tail_peak: Float32
    tail_largest: Float32
    tail_age: UInt16
    tail_alerted: UInt16
    tail_gap: UInt8
    run: Float32
    unchanged: UInt16
    low: Float32
    high: Float32
    previous_low: Float32
    previous_high: Float32
    parameters: Float32
    window: Float32
    residual_window: Float32
    exponent: Int16
    pair_exponent: Int16
    occupied: UInt16
    tendency: UInt16
    h: Float32
    c: Float32
    outlook: Float32
    outlook_sharpness: Float32
    slot_deviation: Float32
    profile: UInt16
    profile_size: UInt8
    moment: Float32
    moment_fast: Float32
    moment_age: Float32
    moment_high: Float32
    moment_peak: Float32
    change: Float32
    slot_change: Float32
    quiet_high: Float32
    quiet_peak: Float32
    absurd_run: UInt8
    outliers: UInt8
    episode_reference: Float32
    episode_deviation: Float32
    calm_low: Float32
    calm_high: Float32
    calm_level: Float32
    calm_centre: Float32
    calm_variance: Float32
    counter: UInt8
    transform: UInt8
    slot: Float32
    records: Records

    def __init__(self, capacity: int, n_history: int = 0, model: int = 0) -> None:
        super().__init__(blank(layout(n_history), model), capacity)

    def _arrays(self, capacity: int) -> dict[str, NDArray[Any]]:
        """Make the arrays; those of `RECORD` are views of one, so that what a key remembers lies side by side.

        A view is not contiguous: its `take` and its `reshape` copy the whole of it.
        """
        records: Records = np.zeros(capacity, RECORD)
        views: dict[str, NDArray[Any]] = {name: records[name] for name in RECORD.names or ()}
        return super()._arrays(capacity) | views | {"records": records}

    def pack(self, slots: Int64) -> Records:
        """Copy the records of these slots; see `KeyState.pack`."""
        return self.records[slots] if self.layout == RECORD else super().pack(slots)

    def unpack(self, slots: Int64, records: Records) -> None:
        """Put records back into these slots; see `KeyState.unpack`."""
        if self.layout != RECORD:
            super().unpack(slots, records)
            return
        self.check(records)
        self.records[slots] = records

    def treat(self, slots: Int64, treatments: Sequence[Treatment]) -> None:
        """Let the keys of these slots be treated so from now on, whatever held before.

        What a key remembers is of use for the transform under which it was learned: under another one it begins anew.
        """
        super().treat(slots, treatments)
        self.begin_anew_where_transform_differs(slots)

    def begin_anew_where_transform_differs(self, slots: Int64) -> None:
        """Forget what was learned under another transform than the one that holds now.

        That is the one that a rule gives, or the rate of a key that proved to be a counter.
        """
        row = self.treatment[slots]
        given = self.treatments.transform[row]
        found = (given == Transform.NONE) & self.treatments.counters[row] & (self.counter[slots] == COUNTER)
        transform = np.where(found, Transform.RATE, given)
        changed = slots[self.transform[slots] != transform]
        if not len(changed):
            return
        kept = {name: getattr(self, name)[changed] for name in KEPT}
        self.reset(changed)
        for name, values in kept.items():
            getattr(self, name)[changed] = values
        self.transform[slots] = transform

    def is_expected(self, slots: Int64, moments_s: Float64) -> Bool:
        """Say which keys have ever spoken at this hour of the day, once they are a day old, and of the week."""
        hour = np.floor(moments_s / HOUR_S).astype(np.int64)
        since_s = self.timestamp_s[slots] - self.rotation_s[slots]
        age_h = np.maximum(since_s, self.t[slots] * self.interval_s[slots]) / HOUR_S
        on_such_days = self.profile[slots, hour % DAY_SLOTS] > 0
        then = self.profile[slots, DAY_SLOTS + hour % WEEK_SLOTS] > 0
        expected: Bool = (on_such_days | (age_h < DAY_SLOTS)) & (then | (age_h < WEEK_SLOTS))
        return expected
