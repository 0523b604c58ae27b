"""Batch: the points of one call, sorted by key."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stream.detection.arrays import N_INPUTS, Float64, Int32, Int64
from stream.detection.episodes.transition import Transition
from stream.detection.episodes.verdict import Verdicts
from stream.detection.forecast.shown import Shown
from stream.detection.policy.suppression import Suppression
from stream.detection.scoring.arrange import Arrivals, Warmups, arrange, find_ahead, finish
from stream.detection.scoring.rows import FORECAST, KEY_RUN, POINT, RESULT
from stream.detection.state.key_state import KeyState
from stream.detection.state.step_record import STEP_RECORD

Kind = TypeVar("Kind", bound=np.generic)


class Needs(IntEnum):
    """What a key waits for before its next point can go on.

    TRANSFORM is to begin anew under another transform, FILLING a gap whose points are to be imputed, FORECAST the
    model's answer to the point, EVENT that a change of the key's episode is published.
    """

    NOTHING = 0
    TRANSFORM = 1
    FILLING = 2
    FORECAST = 3
    EVENT = 4


class Batch:
    """The points of a call, sorted by slot.

    Parameters
    ----------
    slots : int64, shape (points,)
    timestamps_s, values : float64, shape (points,)
    warmups : Warmups
    state : KeyState

    Attributes
    ----------
    order : int64, shape (points,)
        Where each row stood in the call.
    points, results, step_records, forecasts : structured arrays of `POINT`, `RESULT`, `STEP_RECORD` and `FORECAST`
    inputs : float32, shape (points, 26)
        What the model is shown.
    runs : structured array of `KEY_RUN`
        One for each key.
    ahead : int64, shape (points,)
    n_suppressed : int64, shape (4,)
        Alarms that opened no episode, by `Suppression`.
    """

    def __init__(self, slots: Int64, timestamps_s: Float64, values: Float64, warmups: Warmups, state: KeyState) -> None:
        n_rows = len(slots)
        self._policies = state.series_policies
        self.order = np.argsort(slots, kind="stable")
        self.points, self.results = np.zeros(n_rows, POINT), np.zeros(n_rows, RESULT)
        self.step_records, self.forecasts = np.zeros(n_rows, STEP_RECORD), np.zeros(n_rows, FORECAST)
        self.inputs = np.empty((n_rows, N_INPUTS), np.float32)
        self.ahead = np.empty(n_rows, np.int64)
        self.n_suppressed = np.zeros(len(Suppression), np.int64)
        slots, timestamps_s = np.ascontiguousarray(slots), np.ascontiguousarray(timestamps_s)
        arrivals = Arrivals(self.order, slots, timestamps_s, np.ascontiguousarray(values))
        runs = np.zeros(n_rows, KEY_RUN)
        n_keys = arrange(arrivals, warmups, state.series_policy, self.points, self.results, runs)
        self.runs = runs[:n_keys]

    def prepare(self, budgets: Float64) -> None:
        """Let the values be scored as they are."""
        self.points["budget"] = budgets[self.order]
        self.points["is_prepared"] = True

    def treat(self, series_policy: Int32, timestamps_ms: Int64) -> None:
        """Apply what the policies of the series say of some times.

        Parameters
        ----------
        series_policy : int32, shape (points,)
            Row of each point's series in the table, in the order of the call.
        """
        rows, timestamps_ms = series_policy[self.order], timestamps_ms[self.order]
        self.points["expected_kinds"] = self._policies.expected_kinds(rows, timestamps_ms)
        self.points["in_maintenance"] = self._policies.in_maintenance(rows, timestamps_ms)

    def needing(self, needs: Needs) -> Int64:
        """Find the runs that need this."""
        return np.flatnonzero(self.runs["needs"] == needs.value)

    def shown(self) -> Shown:
        """Return what the forecaster is to be shown of the keys that wait for it."""
        slots, lengths, rows = np.empty((3, len(self.points)), np.int64)
        n_keys = find_ahead(self.runs, self.ahead, Needs.FORECAST.value, slots, lengths, rows)
        n_rows = int(lengths[:n_keys].sum())
        return Shown(slots[:n_keys], lengths[:n_keys], rows[:n_rows], self.inputs, self.step_records)

    def drop_forecasts(self, runs: Int64) -> None:
        """Drop forecasts made ahead, since their inputs have changed."""
        self.runs["trusted_from"][runs] = self.runs["next"][runs]
        for run in self.runs[runs]:
            self.forecasts["is_known"][run["next"] : run["end"]] = False

    def in_order(self, column: NDArray[Kind]) -> NDArray[Kind]:
        """Bring a column back into the order of the call."""
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(places))
        return column.take(places, axis=0)

    def verdicts(
        self,
        slots: Int64,
        point: Int64,
        feature: Int64,
        transitions: list[Transition],
        *,
        max_fill: int = 0,
        level: float = 0.0,
    ) -> Verdicts:
        """Return the results as verdicts on these features of these points, in the order of the call.

        Parameters
        ----------
        level : float
            Probability of the band that every point gets; 0 for none.
        """
        ordered = np.empty(len(self.results), RESULT)
        rows = self.runs, self.order, self.step_records, self.results
        n_imputed = finish(self._policies.table, *rows, level, max_fill, ordered)
        return Verdicts(
            slots,
            point,
            feature,
            ordered["outcome"],
            ordered["score"],
            ordered["actual"],
            ordered["expected"],
            ordered["lower"],
            ordered["upper"],
            ordered["transform"],
            transitions,
            int(np.count_nonzero(ordered["n_missing"])),
            n_imputed,
            self.n_suppressed,
        )
