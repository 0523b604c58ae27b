"""A run: one call with many points, cut into rounds, and the verdicts as they come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from stream.detection.episodes import episode, history
from stream.detection.episodes.episode import Seen, Terms
from stream.detection.episodes.facts import Facts
from stream.detection.episodes.transition import Change, Held, Severity, Transition
from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.points import timeline
from stream.detection.state.key_state import KeyState
from stream.detection.state.layout import Bool, Float64, Int64, UInt8
from stream.detection.state.phase import Phase

ENDS: Final = (Change.CLOSE, Change.PASSED)


def rounds(slots: Int64) -> Iterator[Int64]:
    """Cut points into rounds in which no slot occurs twice, each slot's points in their order.

    Yields
    ------
    int64, shape (at most the number of distinct slots,)
        Row numbers, by slot.
    """
    if len(slots) == 0:
        return
    order = np.argsort(slots, kind="stable")
    ordered = slots[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    occurrence = np.arange(len(slots)) - np.repeat(first, np.diff(np.append(first, len(slots))))
    by_round = np.argsort(occurrence, kind="stable")
    ends = np.cumsum(np.bincount(occurrence))
    yield from np.split(order[by_round], ends[:-1])


class Run:
    """What every kind of judging does with a call: time in order, episodes, verdicts.

    Parameters
    ----------
    state : KeyState
    slots, timestamps_ms : int64, shape (rows,)
    values : float64, shape (rows,)
    waited_s : float64, shape (rows,), optional
        How long each point waited before it was sent; not at all by default.
    is_history : bool, shape (rows,), optional
        Which points page nobody; none by default.
    terms : Terms
        Of the episodes.

    Attributes
    ----------
    outcome, score, actual, expected, lower, upper, transform
        Columns of the verdicts, to be filled in; `actual` begins as the values.
    n_gaps, n_imputed : int
    n_held : int64, shape (3,)
        Alarms that opened no episode, by `Held`.
    """

    def __init__(
        self,
        state: KeyState,
        slots: Int64,
        timestamps_ms: Int64,
        values: Float64,
        waited_s: Float64 | None,
        is_history: Bool | None,
        terms: Terms,
    ) -> None:
        self.slots, self.timestamps_ms, self.actual = slots, timestamps_ms, values
        n_rows = len(slots)
        self.outcome = np.zeros(n_rows, np.uint8)
        self.score = np.full(n_rows, np.nan)
        self.expected, self.lower, self.upper = (np.full(n_rows, np.nan) for _ in range(3))
        self.transform = np.zeros(n_rows, np.uint8)
        self.n_gaps = self.n_imputed = 0
        self.n_held = np.zeros(len(Held), np.int64)
        self.waited_s = np.zeros(n_rows) if waited_s is None else waited_s
        self._is_history = np.zeros(n_rows, np.bool_) if is_history is None else is_history
        self._states = state
        self._terms = terms
        self._transitions: list[Transition] = []

    def in_order(self, rows: Int64) -> Int64:
        """Put aside the rows whose time has been seen or passed or is one of maintenance, and give the others."""
        slots, timestamps_s = self.slots[rows], self.timestamps_ms[rows] / 1000.0
        last_s = timeline.last_seen(self._states, slots)
        late = timestamps_s < last_s
        self.outcome[rows[timestamps_s == last_s]] = Outcome.DUPLICATE
        self.outcome[rows[late]] = Outcome.LATE
        self._states.notes[slots[late]] |= timeline.NOTE_LATE
        fresh = timestamps_s > last_s
        rows = self._at_work(rows if fresh.all() else rows[fresh])
        history.note(self._states, self.slots[rows], self._is_history[rows])
        return rows

    def _at_work(self, rows: Int64) -> Int64:
        """Put aside the rows in a maintenance of their series, and give the others."""
        state, slots = self._states, self.slots[rows]
        idle = state.treatments.in_maintenance(state.treatment[slots], self.timestamps_ms[rows])
        if not idle.any():
            return rows
        self.outcome[rows[idle]] = Outcome.MAINTENANCE
        state.notes[slots[idle]] |= timeline.NOTE_MAINTENANCE
        return rows[~idle]

    def advance(self, seen: Seen) -> UInt8:
        """Move the episodes of these keys, all of them `episode.moving`, and count the alarms held back.

        Gives the changes as they are to be published.
        """
        was_open = self._states.episode_phase[seen.slots] == Phase.OPEN
        moves = episode.advance(self._states, seen, self._terms)
        self.n_held += np.bincount(moves.held, minlength=len(Held))
        return history.withhold(self._states, seen.slots, seen.timestamps_ms, moves.changes, was_open)

    def note_transition(
        self,
        row: int,
        change: Change,
        score: float,
        shares: tuple[float, ...] = (),
        facts: Facts | None = None,
        window_start_ms: int | None = None,
        *,
        severity: int,
        above: bool | None = None,
        band: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    ) -> None:
        """Keep a change of an episode that is worth an event.

        Parameters
        ----------
        severity : int
            `Severity` of this point.
        above : bool, optional
            Which way this point goes; by default that of what opened the episode.
        band : (float, float, float)
            What the evidence expected, and the range that it allowed.
        """
        state, slot = self._states, int(self.slots[row])
        peak = float(state.episode_peak[slot])
        self._transitions.append(
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

    def verdicts(self, point: Int64, feature: Int64) -> Verdicts:
        """Give what was found; `point` and `feature` say what each row is about."""
        return Verdicts(
            self.slots,
            point,
            feature,
            self.outcome,
            self.score,
            self.actual,
            self.expected,
            self.lower,
            self.upper,
            self.transform,
            self._transitions,
            self.n_gaps,
            self.n_imputed,
            self.n_held,
        )
