"""State of the detector: everything learned about each key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import DAY_SLOTS, WEEK_SLOTS, Bool, Float64, Int64, Records
from stream.detection.policy.policy import SeriesPolicy, Transform
from stream.detection.state.key import DetectorFields
from stream.detection.state.key_state import KeyState
from stream.detection.state.phase import Phase
from stream.detection.state.record import RECORD, blank, layout

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


class DetectorState(DetectorFields, KeyState):
    """Everything the detector has learned about each key.

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
    records : structured array of `RECORD`, shape (capacity,)
        All fields of `stream.detection.state.key` side by side, but for the history.
    history : float64, shape (capacity, n_history)
        Ring of the values that a windowed forecaster looks back on: that of record t is at t % n_history.
    """

    history: Float64
    records: Records

    def __init__(self, capacity: int, n_history: int = 0, model: int = 0) -> None:
        super().__init__(blank(layout(n_history), model), capacity)

    def _arrays(self, capacity: int) -> dict[str, NDArray[Any]]:
        """Create the arrays, as views of one packed array.

        A view is not contiguous: its `take` and its `reshape` copy the whole of it.
        """
        records: Records = np.zeros(capacity, RECORD)
        views: dict[str, NDArray[Any]] = {name: records[name] for name in RECORD.names or ()}
        return super()._arrays(capacity) | views | {"records": records}

    def pack(self, slots: Int64) -> Records:
        """Copy the records of these slots; see `KeyState.pack`."""
        return _whole(self.records)[slots].view(RECORD) if self.layout == RECORD else super().pack(slots)

    def unpack(self, slots: Int64, records: Records) -> None:
        """Put records back into these slots; see `KeyState.unpack`."""
        if self.layout != RECORD:
            super().unpack(slots, records)
            return
        self.check(records)
        _whole(self.records)[slots] = _whole(records)

    def set_policies(self, slots: Int64, series_policies: Sequence[SeriesPolicy]) -> Int64:
        """Set the policies of these slots; return those reset by that.

        What a key remembers is of use for the transform under which it was learned: under another one it begins anew.
        """
        super().set_policies(slots, series_policies)
        return self.reset_where_transform_changed(slots)

    def reset_where_transform_changed(self, slots: Int64) -> Int64:
        """Reset keys whose transform has changed, and return them.

        That is the one that a rule gives, or the rate of a key that proved to be a counter.
        """
        row = self.series_policy[slots]
        given = self.series_policies.transform[row]
        found = (given == Transform.NONE) & self.series_policies.counters[row] & (self.counter[slots] == COUNTER)
        transform = np.where(found, Transform.RATE, given)
        changed: Int64 = slots[self.transform[slots] != transform]
        if len(changed):
            self._begin_anew(changed)
            self.transform[slots] = transform
        return changed

    def relearn(self, slots: Int64) -> None:
        """Let keys without an episode begin anew at their present level."""
        transform = self.transform[slots]
        self._begin_anew(slots)
        self.transform[slots] = transform
        self.episode_phase[slots] = Phase.NONE

    def _begin_anew(self, slots: Int64) -> None:
        kept = {name: getattr(self, name)[slots] for name in KEPT}
        self.reset(slots)
        for name, values in kept.items():
            getattr(self, name)[slots] = values

    def is_expected(self, slots: Int64, moments_s: Float64) -> Bool:
        """Check which keys have ever sent at this hour."""
        hour = np.floor(moments_s / HOUR_S).astype(np.int64)
        since_s = self.timestamp_s[slots] - self.rotation_s[slots]
        age_h = np.maximum(since_s, self.t[slots] * self.interval_s[slots]) / HOUR_S
        on_such_days = self.profile[slots, hour % DAY_SLOTS] > 0
        then = self.profile[slots, DAY_SLOTS + hour % WEEK_SLOTS] > 0
        expected: Bool = (on_such_days | (age_h < DAY_SLOTS)) & (then | (age_h < WEEK_SLOTS))
        return expected


def _whole(records: Records) -> Records:
    """View records as bytes: numpy copies a record of many fields field by field, in five times as long."""
    return records.view(np.dtype((np.void, records.dtype.itemsize)))
