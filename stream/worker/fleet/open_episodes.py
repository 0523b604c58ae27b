"""Open episodes of the keys held, read from the state."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.detection.arrays import Int64
from stream.detection.episodes.transition import Severity
from stream.detection.points.staleness import Staleness
from stream.detection.points.timeline import NOTE_WITHHELD
from stream.detection.state.key_state import KeyState
from stream.detection.state.phase import Phase
from stream.formats.state.key import split_key
from stream.worker.keys.key_table import KeyTable


class OpenEpisode(NamedTuple):
    """One open episode: whose, and how bad it has been."""

    series: str
    feature: str | None
    severity: Severity
    peak_score: float


class OpenEpisodes:
    """Find the episodes that are open for subscribers.

    They are part of the state, so the next owner of a partition finds the same ones.

    Parameters
    ----------
    keys : KeyTable
    state : KeyState
    features : tuple of str
        Names of the features that have slots of their own in a key; empty if a key has one slot.
    """

    def __init__(self, keys: KeyTable, state: KeyState, features: tuple[str, ...] = ()) -> None:
        self._keys, self._state, self._features = keys, state, features

    def slots(self) -> Int64:
        """Return the state slots with an open, published episode."""
        held = self._keys.held_state_slots()
        is_open = held[self._state.episode_phase[held] == Phase.OPEN]
        published: Int64 = is_open[(self._state.notes[is_open] & NOTE_WITHHELD) == 0]
        return published

    def n_by_severity(self, slots: Int64) -> dict[Severity, int]:
        """Count open episodes by the highest severity so far."""
        counts = np.bincount(self._state.episode_severity[slots], minlength=len(Severity))
        return {severity: int(counts[severity]) for severity in Severity}

    def worst(self, slots: Int64, n: int) -> list[OpenEpisode]:
        """Return up to `n` open episodes, worst first."""
        state = self._state
        order = np.lexsort((-state.episode_peak[slots], -state.episode_severity[slots].astype(np.int64)))
        return [self._describe(slot) for slot in slots[order[:n]].tolist()]

    def _describe(self, slot: int) -> OpenEpisode:
        series, feature = split_key(self._keys.name(slot // self._keys.n_slots))
        if self._features:
            feature = self._features[slot % self._keys.n_slots]
        severity = Severity(int(self._state.episode_severity[slot]))
        return OpenEpisode(series, feature, severity, float(self._state.episode_peak[slot]))

    def n_silent(self) -> int:
        """Count the series that are silent, notified or not."""
        first = self._keys.held_state_slots()[:: self._keys.n_slots]
        return int(np.count_nonzero(self._state.silence[first] != Staleness.ACTIVE))
