"""The detector: all stages of one record for many keys at once."""

from __future__ import annotations

import numpy as np

from stream.detection import maps, moment, novelty, outlook, pair_map, quiet
from stream.detection.alarm import alarm
from stream.detection.batch import Batch
from stream.detection.evidence import listen
from stream.detection.forecast import ForecastBefore, Forecaster, predict
from stream.detection.gate import admit, start
from stream.detection.inputs import describe
from stream.detection.record import N_MAPS, Float64, Int64
from stream.detection.rotation import rotate
from stream.detection.scale import learn
from stream.detection.scores import Scores
from stream.detection.state import State
from stream.detection.statistics import observe


class Detector:
    """Say how new each record is to its key, and learn it.

    What it says of a key does not depend, to the bit, on the other keys of a batch.

    A call costs as much as some hundreds more keys in it, so that batches are worth their wait:
    `benchmarks/detector.py` measures the CPU for a point by keys a batch. In its first 60 records a key costs several
    times as much: most of what it shows is new.

    Parameters
    ----------
    forecaster : Forecaster
        What forecasts the next record of every key.
    warmup : int, or int64 of shape (slots,)
        Records of a key, >= 0, before it may alarm; of all keys, or of each slot its own.
    capacity : int
        Slots to make room for at first; `state.grow` makes more.

    Attributes
    ----------
    state : State
        What it remembers. Slots may be reset, packed and unpacked between calls.

    Raises
    ------
    ValueError
        If the warm-up is negative.
    """

    def __init__(self, forecaster: Forecaster, *, warmup: int | Int64 = 300, capacity: int = 1024) -> None:
        if np.min(warmup) < 0:
            raise ValueError(f"expected a warm-up of 0 records or more, got {np.min(warmup)}")
        self.state = State(capacity, forecaster.n_history, forecaster.model)
        self._forecaster = forecaster
        self._warmup = np.asarray(warmup, np.int64)

    def score(self, slots: Int64, timestamps_s: Float64, values: Float64) -> Scores:
        """Score one record of each of these slots, then learn it.

        Parameters
        ----------
        slots : int64, shape (batch,)
            Distinct slots below the state's capacity.
        timestamps_s : float64, shape (batch,)
            Event times in seconds since the epoch, later than the last one of the slot.
        values : float64, shape (batch,)
            In the metric's unit, finite.
        """
        batch, warmup = Batch(self.state, slots), self._warmup[slots] if self._warmup.ndim else self._warmup
        forecast = ForecastBefore.of(batch)
        start(batch, timestamps_s, values)
        y, absurd = admit(batch, values)
        scale = learn(batch, y)
        statistics = observe(batch, y)
        rotate(batch, timestamps_s, statistics)
        place = maps.locate(batch, statistics)
        distances, extents = np.empty((2, *statistics.shape), np.float32)
        distances[:N_MAPS], extents[:N_MAPS] = maps.recall(batch, place)
        distances[N_MAPS], extents[N_MAPS] = pair_map.recall(batch, statistics), extents[0]
        new = novelty.weigh(batch, distances, extents, absurd, warmup)
        record = describe(batch, timestamps_s, y, scale, place.value_grid)
        at_this_time = moment.weigh(batch, record, outlook.due(batch, timestamps_s, record))
        evidence = listen(new, at_this_time, quiet.weigh(batch, record), record)
        alarms = alarm(self.state, slots, batch.t, evidence.score)
        batch.put_back()
        predict(batch, self._forecaster, record, np.where(absurd, batch.x0 + y, values))
        self.state.timestamp_s[slots], self.state.t[slots] = timestamps_s, batch.t + 1
        warming = batch.t < warmup
        return Scores(
            evidence=evidence,
            alarm=alarms & ~warming,
            warming=warming,
            novelty=new.score,
            statistics=statistics.T,
            distances=distances.T,
            surprise=new.surprise.T,
            absurd=absurd,
            forecast=forecast,
        )
