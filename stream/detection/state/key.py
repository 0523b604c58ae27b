"""The key: its record as compiled code sees it, the fields being attributes that are read and written in place."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from stream.detection.state.layout import Float32, Int16, Int32, UInt8, UInt16, UInt64


class Key(Protocol):
    """Of a record, the fields that the stages of the detector know; `State` says what each is."""

    x0: float
    timestamp_s: float
    rotation_s: float
    bits: UInt64
    pair_bits: UInt64
    t: np.uint32
    rotation_t: np.uint32
    alarm_t: np.uint32
    base: Int32
    pair_base: Int32
    forecast: np.float32
    interval_s: np.float32
    magnitude: np.float32
    last_residual: np.float32
    residual_before: np.float32
    z: np.float32
    previous: np.float32
    change: np.float32
    level: np.float32
    mean_12: np.float32
    centre: np.float32
    mean_24: np.float32
    variance: np.float32
    variance_24: np.float32
    moment_fast: np.float32
    moment: np.float32
    moment_age: np.float32
    moment_high: np.float32
    moment_peak: np.float32
    quiet_high: np.float32
    quiet_peak: np.float32
    slot: Float32
    slot_count: Float32
    slot_sum: Float32
    slot_deviation: Float32
    slot_change: np.float32
    profile_error: Float32
    centre_error: Float32
    energy: Float32
    week_on_since_s: float
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
    unchanged: np.uint16
    low: Float32
    high: Float32
    previous_low: Float32
    previous_high: Float32
    peak: np.float32
    parameters: Float32
    outlook: Float32
    outlook_sharpness: Float32
    window: Float32
    residual_window: Float32
    exponent: Int16
    pair_exponent: np.int16
    occupied: UInt16
    profile: UInt16
    profile_size: UInt8
    absurd_run: np.uint8
    outliers: np.uint8
    reference: float
    transform: np.uint8
    counter: np.uint8
    tendency: UInt16
    notes: np.uint8
    irregularity: np.float32
    absence_s: np.float32
    warm_until: np.uint32
    episode_phase: np.uint8
    episode_calm: np.uint8
    episode_held: np.uint8
    calm_low: np.float32
    calm_high: np.float32
    calm_level: np.float32
    calm_centre: np.float32
    calm_variance: np.float32
    h: Float32
    c: Float32
