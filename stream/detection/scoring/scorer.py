"""Anomaly scorer: all stages of a record, for many keys."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import Float64, Int64
from stream.detection.episodes.comparison import COMPARISON
from stream.detection.episodes.verdict import BAND_LEVEL, UPDATE_INTERVAL_MS
from stream.detection.evidence.scores import Scores
from stream.detection.forecast.forecaster import Forecaster
from stream.detection.points.warmup import SLOW_WARMUP
from stream.detection.policy.budget import DEFAULT, REFERENCE, Budget
from stream.detection.scoring.arrange import Warmups
from stream.detection.scoring.batch import Batch, Needs
from stream.detection.scoring.carry import Scratch, Terms, carry
from stream.detection.scoring.rows import RESULT
from stream.detection.seasonal.hourly import SURPRISING
from stream.detection.state.detector_state import DetectorState
from stream.detection.state.record import RECORD
from stream.detection.state.step_record import STEP_RECORD


class AnomalyScorer:
    """Score each record against its key's history; learn it.

    What it says of a key does not depend, to the bit, on the other keys of a batch.

    `benchmarks/detector.py` measures the CPU for a point by keys a batch.

    Parameters
    ----------
    forecaster : Forecaster
        What forecasts the next record of every key.
    warmup : int, or int64 of shape (slots,)
        Records of a key, >= 0, before it may alarm; of all keys, or of each slot its own.
    slow_warmup : int, or int64 of shape (slots,)
        The same of a key with half an hour or more between its records, where that is less.
    capacity : int
        Slots to make room for at first; `state.grow` makes more.
    max_fill, rewarm, false_alarms, update_interval_ms, level
        As of a `Policy`, for points that come as they are; a prepared record asks for none of them.
    surprising : float
        Spreads of an hour from which on its mean is taken for an exception; infinity makes the profile take every day
        as it comes.

    Attributes
    ----------
    warmups : Warmups
    state : DetectorState
        What it remembers. Slots may be reset, packed and unpacked between calls.

    Raises
    ------
    ValueError
        If the warm-up is negative.
    """

    def __init__(
        self,
        forecaster: Forecaster,
        *,
        warmup: int | Int64 = 300,
        slow_warmup: int | Int64 = SLOW_WARMUP,
        capacity: int = 1024,
        max_fill: int = 0,
        rewarm: int = 0,
        false_alarms: Budget = DEFAULT,
        surprising: float = SURPRISING,
        update_interval_ms: int = UPDATE_INTERVAL_MS,
        level: float = BAND_LEVEL,
    ) -> None:
        if np.min(warmup) < 0:
            raise ValueError(f"expected a warm-up of 0 records or more, got {np.min(warmup)}")
        self.state = DetectorState(capacity, forecaster.n_history, forecaster.model)
        self._forecaster = forecaster
        self.warmups = Warmups(np.atleast_1d(warmup).astype(np.int64), np.atleast_1d(slow_warmup).astype(np.int64))
        # For numbers of other types everything would be compiled once more.
        self._terms = Terms(
            *(int(max_fill), int(rewarm), float(false_alarms.period_s), float(false_alarms.points)),
            *(float(surprising), bool(forecaster.looks_ahead), int(update_interval_ms), float(level)),
        )
        self._scratch = Scratch(*(np.zeros(1, layout) for layout in (RECORD, STEP_RECORD, RESULT, COMPARISON)))

    def score(self, slots: Int64, timestamps_s: Float64, values: Float64, budgets: Float64 | None = None) -> Scores:
        """Score one record of each of these slots as it is, then learn it.

        Parameters
        ----------
        slots : int64, shape (batch,)
            Distinct slots below the state's capacity.
        timestamps_s : float64, shape (batch,)
            Event times in seconds since the epoch, later than the last one of the slot.
        values : float64, shape (batch,)
            In the metric's unit, finite.
        budgets : float64, shape (batch,), optional
            Points for which each of these series may alarm once for nothing; 43,200 by default.
        """
        batch = Batch(slots, timestamps_s, values, self.warmups, self.state)
        batch.prepare(np.full(len(slots), REFERENCE) if budgets is None else budgets)
        while any(self.carry(batch)):
            self.forecast(batch)
        return Scores(batch.in_order(batch.step_records))

    def carry(self, batch: Batch) -> list[int]:
        """Carry every key of a batch on to where it needs something.

        All of that but forecasts is to be done before the next call.

        Returns
        -------
        list of 5 int
            How many keys need what, by `Needs`; 0 for NOTHING.
        """
        of_batch = (
            *(batch.runs, batch.points, batch.step_records, batch.results, batch.forecasts),
            *(batch.inputs, batch.ahead, batch.n_suppressed),
        )
        waiting = np.zeros(len(Needs), np.int64)
        carry(self.state.records, self.state.series_policies.table, self._terms, *of_batch, self._scratch, waiting)
        found: list[int] = waiting.tolist()
        return found

    def forecast(self, batch: Batch) -> None:
        """Let the model forecast for the keys that need it."""
        self._forecaster.forecast(self.state, batch.shown(), batch.forecasts)
