"""The state of many keys as a struct of arrays: one array a field of the record, one row a slot."""

from __future__ import annotations

import numpy as np

from stream.detection.record import (
    RECORD,
    VERSION,
    Float16,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Records,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    blank,
)


class State:
    """What the detector remembers of every key; slot s is row s of every array.

    Parameters
    ----------
    capacity : int
        Slots to make room for at once. All of them start as keys not seen yet.

    Attributes
    ----------
    x0 : float64, shape (capacity,)
        First value of the key; every other quantity in the metric's unit is relative to it.
    timestamp_s, rotation_s : float64, shape (capacity,)
        Time of the last record and of the last rotation of the maps.
    t, rotation_t, alarm_t : uint32, shape (capacity,)
        Records seen; the record of the last rotation; the record of the last alarm (0 acts as "never").
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
    magnitude, energy, surprise, z, peak : float32, shape (capacity,), `energy` and `surprise` (capacity, 5)
        Largest absolute value A, usual novelty M, leaky sums of each rho and of their sum, peak of the last alarm.
    slot, slot_sum, slot_count : uint8, float32, float32, shape (capacity, 2)
        Open hour of the day and of the week, what was added to it. A count of 0 says that none is open.
    profile, profile_error, centre_error : uint16 (capacity, 192), float32 (capacity, 2), float32 (capacity, 2)
        Codes of 24 hours and 168 hours on the value's grid (0: unknown); how wrong profile and centre usually are.
    interval_s : float32, shape (capacity,)
        Usual distance of two records.
    h, c, parameters, forecast : float16 (capacity, 32) twice, float32 (capacity, 9), float32 (capacity,)
        The forecaster's state, its last mixture and the forecast of the next record less x0.
    absurd_run, version : uint8, shape (capacity,)
        Absurd records in a row; the layout's version.
    partition, offset : int32, int64, shape (capacity,)
        Source of the last message applied, -1 for none.
    irregularity, warm_until, notes : float32, uint32, uint8, shape (capacity,)
        Kept for the worker's time line.
    episode_id, episode_start_ms, episode_update_ms, episode_peak, episode_direction
        Kept for the worker's open episode: uint8 (capacity, 16), int64, int64, float32, int8.
    """

    x0: Float64
    timestamp_s: Float64
    rotation_s: Float64
    offset: Int64
    episode_start_ms: Int64
    episode_update_ms: Int64
    bits: UInt64
    pair_bits: UInt64
    t: UInt32
    rotation_t: UInt32
    alarm_t: UInt32
    warm_until: UInt32
    partition: Int32
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
    interval_s: Float32
    irregularity: Float32
    episode_peak: Float32
    slot_sum: Float32
    slot_count: Float32
    profile_error: Float32
    centre_error: Float32
    energy: Float32
    surprise: Float32
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
    h: Float16
    c: Float16
    profile: UInt16
    version: UInt8
    absurd_run: UInt8
    slot: UInt8
    notes: UInt8
    episode_direction: Int8
    episode_id: UInt8

    def __init__(self, capacity: int) -> None:
        self.capacity = 0
        self.grow(capacity)

    def grow(self, capacity: int) -> None:
        """Make room for at least `capacity` slots; those in use keep their rows, the new ones are not seen yet.

        The arrays are replaced: views taken before are of no use afterwards.
        """
        if capacity <= self.capacity:
            return
        unseen = blank()
        for name in RECORD.names or ():
            grown = np.zeros((capacity, *unseen[name].shape), unseen[name].dtype)
            if unseen[name].any():  # Zeros are left alone: they take no memory until a key uses them.
                grown[self.capacity :] = unseen[name]
            if self.capacity:
                grown[: self.capacity] = getattr(self, name)
            setattr(self, name, grown)
        self.capacity = capacity

    def reset(self, slots: Int64) -> None:
        """Forget the keys of these slots."""
        self.unpack(slots, np.broadcast_to(blank(), len(slots)))

    def pack(self, slots: Int64) -> Records:
        """Copy the records of these slots.

        Returns
        -------
        structured array of dtype `RECORD`, shape (n_slots,)
            In the order of `slots`; `.tobytes()` of an element is what is stored for its key.
        """
        records = np.empty(len(slots), RECORD)
        for name in RECORD.names or ():
            records[name] = getattr(self, name).take(slots, axis=0)
        return records

    def unpack(self, slots: Int64, records: Records) -> None:
        """Put records back into these slots, the exact inverse of `pack`.

        Raises
        ------
        ValueError
            If the records are not of dtype `RECORD`, or one was packed by another version of the layout.
        """
        if records.dtype != RECORD:
            raise ValueError(f"expected records of dtype RECORD ({RECORD.itemsize} bytes), got {records.dtype}")
        foreign = records["version"][records["version"] != VERSION]
        if len(foreign):
            raise ValueError(f"expected state records of version {VERSION}, got version {foreign[0]}: start afresh")
        for name in RECORD.names or ():
            getattr(self, name)[slots] = records[name]
