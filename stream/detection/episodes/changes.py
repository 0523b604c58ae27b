"""The changes of episodes in one call, as they are to be published."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import UInt8
from stream.detection.episodes import episode, history
from stream.detection.episodes.episode import EpisodeConfig, EpisodeInput
from stream.detection.episodes.facts import EventFacts
from stream.detection.episodes.transition import Change, Severity, Suppression, Transition, among
from stream.detection.state.key_state import KeyState
from stream.detection.state.phase import Phase

ENDS: Final = (Change.CLOSE, Change.PASSED)
IS_END: Final = among(*ENDS)
"""By `Change`."""


class Changes:
    """What the points of a call do to the episodes of their keys.

    Parameters
    ----------
    state : KeyState
    config : EpisodeConfig

    Attributes
    ----------
    transitions : list of Transition
    n_suppressed : int64, shape (4,)
        Alarms that opened no episode, by `Suppression`.
    """

    def __init__(self, state: KeyState, config: EpisodeConfig) -> None:
        self._state, self._config = state, config
        self.transitions: list[Transition] = []
        self.n_suppressed = np.zeros(len(Suppression), np.int64)

    def advance(self, seen: EpisodeInput) -> UInt8:
        """Move the episodes of these keys, and count the alarms suppressed.

        Gives the changes as they are to be published.
        """
        was_open = self._state.episode_phase[seen.slots] == Phase.OPEN
        moves = episode.advance(self._state, seen, self._config)
        self.n_suppressed += np.bincount(moves.suppressions, minlength=len(Suppression))
        return history.suppress(self._state, seen.slots, seen.timestamps_ms, moves.changes, was_open)

    def note(
        self,
        row: int,
        slot: int,
        change: Change,
        score: float,
        shares: tuple[float, ...] = (),
        facts: EventFacts | None = None,
        window_start_ms: int | None = None,
        *,
        severity: int,
        above: bool | None = None,
        band: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    ) -> None:
        """Add a change of an episode that needs an event, unless it is expected.

        Parameters
        ----------
        row, slot : int
            Of the point in the call, and of its key in the state.
        severity : int
            `Severity` of this point.
        above : bool, optional
            Which way this point goes; by default that of what opened the episode.
        band : (float, float, float)
            What the evidence expected, and the range that it allowed.
        """
        state, peak = self._state, float(self._state.episode_peak[slot])
        if state.episode_held[slot] == Suppression.EXPECTED:
            return
        self.transitions.append(
            Transition(
                row=row,
                change=change,
                start_ms=int(state.episode_start_ms[slot]),
                end_ms=int(state.episode_calm_ms[slot]) if change in ENDS else None,
                peak_score=score if np.float32(score) >= peak else peak,
                severity=Severity(severity),
                peak_severity=Severity(int(state.episode_severity[slot])),
                direction=int(state.episode_direction[slot]) if above is None else 1 if above else -1,
                score=score,
                expected=band[0],
                lower=band[1],
                upper=band[2],
                shares=shares,
                notes=int(state.notes[slot]),
                facts=facts,
                window_start_ms=window_start_ms,
            )
        )

    def in_order(self) -> list[Transition]:
        """Return the transitions in the order of their points."""
        return sorted(self.transitions, key=lambda transition: transition.row)
