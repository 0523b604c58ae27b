"""The changes of episodes in one call, as they are to be published."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.episodes import comparison, facts, opening
from stream.detection.episodes.comparison import COMPARISON, clipped
from stream.detection.episodes.facts import EventFacts
from stream.detection.episodes.review import has_waited
from stream.detection.episodes.transition import Change, Severity, Transition
from stream.detection.evidence.fusion import shares
from stream.detection.forecast.interval import band_of
from stream.detection.points.timeline import milliseconds
from stream.detection.points.transform import in_unit
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.key_state import KeyState

ENDS: Final = (Change.CLOSE, Change.PASSED)


class Changes:
    """What the points of a call do to the episodes of their keys.

    Parameters
    ----------
    state : KeyState
    """

    transitions: list[Transition]

    def __init__(self, state: KeyState) -> None:
        self._state = state
        self.transitions = []

    def note(
        self,
        row: int,
        slot: int,
        result: np.void,
        shares: tuple[float, ...] = (),
        facts: EventFacts | None = None,
        window_start_ms: int | None = None,
        *,
        above: bool | None = None,
        band: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    ) -> None:
        """Add a change of an episode that needs an event.

        Parameters
        ----------
        row, slot : int
            Of the point in the call, and of its key in the state.
        result : record of `RESULT`
            Of the point.
        above : bool, optional
            Which way this point goes; by default that of what opened the episode.
        band : (float, float, float)
            What the evidence expected, and the range that it allowed.
        """
        state, change, score = self._state, Change(int(result["change"])), float(result["score"])
        peak = float(state.episode_peak[slot])
        self.transitions.append(
            Transition(
                row=row,
                change=change,
                start_ms=int(state.episode_start_ms[slot]),
                end_ms=int(state.episode_calm_ms[slot]) if change in ENDS else None,
                peak_score=score if np.float32(score) >= peak else peak,
                severity=Severity(int(result["severity"])),
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


def publish(
    changes: Changes, state: DetectorState, slots: Int64, rows: Int64, results: Records, records: Records, level: float
) -> tuple[Float64, Float64]:
    """Add these keys' changes; return the forecasts' bands.

    Parameters
    ----------
    slots, rows : int64, shape (n,)
        Distinct slots, and the points in the call.
    results, records : structured arrays of `RESULT` and `STEP_RECORD`, shape (n,)
        Of the points.
    level : float
        Probability of the bands.
    """
    compared, forecasts = np.zeros(len(slots), COMPARISON), np.empty((len(slots), 3))
    ends = np.isin(results["change"], ENDS)
    of_state = state.records, state.series_policies.table, slots, state.series_policy[slots].astype(np.int64)
    _describe(*of_state, results, records, level, compared, forecasts)
    alarmed = np.stack([compared[name] for name in ("expected", "lower", "upper")], axis=1)
    shown = np.where(ends[:, None], forecasts, alarmed).tolist()
    for n, (slot, part) in enumerate(zip(slots.tolist(), shares(records).tolist(), strict=True)):
        changes.note(
            int(rows[n]),
            slot,
            results[n],
            tuple(part),
            facts.collect(state, slot, records[n], compared[n]),
            above=None if ends[n] else bool(compared["observed"][n] >= compared["expected"][n]),
            band=tuple(shown[n]),
        )
    return forecasts[:, 1], forecasts[:, 2]


@entry_point
def _describe(
    keys: Records,
    policies: Records,
    slots: Int64,
    policy_rows: Int64,
    results: Records,
    records: Records,
    level: float,
    compared: Records,
    forecasts: Float64,
) -> None:
    """Compare records; give forecasts and their bands."""
    for n in range(len(slots)):
        key, policy, record = keys[slots[n]], policies[policy_rows[n]], records[n]
        comparison.compare(key, policy, record, key.timestamp_s, results[n].analysed, level, compared[n])
        if has_waited(key, int(results[n].change), milliseconds(key.timestamp_s)) and record.score < 1:
            opening.compare_with_opening(key, policy, compared[n])
        lower, upper = band_of(record, level)
        forecasts[n, 0] = in_unit(key, record.expected)
        forecasts[n, 1], forecasts[n, 2] = clipped(key, policy, lower), clipped(key, policy, upper)
