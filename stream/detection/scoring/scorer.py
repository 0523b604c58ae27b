"""The detector: all stages of one record for many keys at once."""

from __future__ import annotations

import numpy as np

from stream.detection.forecast.described import Described
from stream.detection.forecast.forecaster import Forecaster
from stream.detection.scoring.scores import Scores
from stream.detection.scoring.step import foresee, judge
from stream.detection.seasonal.hourly import SURPRISING
from stream.detection.state.budget import REFERENCE
from stream.detection.state.detector_state import State
from stream.detection.state.layout import N_INPUTS, Float64, Int64
from stream.detection.state.step_record import JUDGEMENT
from stream.detection.state.warmup import SLOW_WARMUP


class Detector:
    """Say how new each record is to its key, and learn it.

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
    surprising : float
        Spreads of an hour from which on its mean is taken for an exception; infinity makes the profile take every day
        as it comes.

    Attributes
    ----------
    state : State
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
        surprising: float = SURPRISING,
    ) -> None:
        if np.min(warmup) < 0:
            raise ValueError(f"expected a warm-up of 0 records or more, got {np.min(warmup)}")
        self.state = State(capacity, forecaster.n_history, forecaster.model)
        self._forecaster = forecaster
        self._warmup, self._slow_warmup = np.asarray(warmup, np.int64), np.asarray(slow_warmup, np.int64)
        self._surprising = surprising

    def score(self, slots: Int64, timestamps_s: Float64, values: Float64, budgets: Float64 | None = None) -> Scores:
        """Score one record of each of these slots, then learn it.

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
        # Copies are contiguous and may be written: for any other kind of array the stages would be compiled once more.
        slots, times_s, values = np.array(slots, np.int64), np.array(timestamps_s, float), np.array(values, float)
        n, keys = len(slots), self.state.records
        judgements, inputs = np.zeros(n, JUDGEMENT), np.empty((n, N_INPUTS), np.float32)
        warmups, slow_warmups = (_of_slots(each, slots) for each in (self._warmup, self._slow_warmup))
        budgets = np.full(n, REFERENCE) if budgets is None else np.array(budgets, float)
        judge(keys, slots, times_s, values, warmups, slow_warmups, budgets, self._surprising, judgements, inputs)
        described = Described(inputs, judgements)
        outputs = self._forecaster.outputs(self.state, slots, described, judgements["learned"])
        foresee(keys, slots, times_s, judgements, outputs)
        return Scores(judgements)


def _of_slots(each: Int64, slots: Int64) -> Int64:
    """Give each slot its own number, or all the same."""
    found: Int64 = each[slots] if each.ndim else np.full(len(slots), each)
    return found
