"""Keys and step records, made by hand for tests of single stages."""

from __future__ import annotations

from typing import cast

import numpy as np

from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key import Key
from stream.detection.state.step_record import STEP_RECORD, StepRecord

ONE = np.float32(1)


def key_of(state: DetectorState, slot: int = 0) -> Key:
    """Return a key of a state; what is written to its fields is in the state. Its `base` is another thing in Python."""
    return cast(Key, state.records.view(np.recarray)[slot])


def policy_of(state: DetectorState, slot: int = 0) -> SeriesPolicyRow:
    """Return the policy of a key of a state."""
    return cast(SeriesPolicyRow, state.series_policies.table.view(np.recarray)[state.series_policy[slot]])


def new_key() -> Key:
    """Make a key that has not been seen yet."""
    return key_of(DetectorState(1))


def step_record(
    *,
    stride: int = 1,
    day: bool = True,
    week: bool = True,
    hour_seen: bool = True,
    sure: bool = True,
    usual: float = 0.0,
) -> StepRecord:
    """Return the step record of a value of 0, of a key with mean 0 and deviation 1."""
    record = cast(StepRecord, np.zeros(1, STEP_RECORD).view(np.recarray)[0])
    record.spread, record.seasonal_mean, record.octave = ONE, np.float32(usual), stride.bit_length() - 1
    record.caution = 1.0
    record.day_on, record.week_on, record.is_hour_seen, record.is_seasonal_known = day, week, hour_seen, sure
    return record
