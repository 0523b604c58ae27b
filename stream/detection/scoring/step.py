"""The stages: what becomes of one record of one key, in its order, and the loops over the keys of a batch."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.compiler import compiled, entrance
from stream.detection.evidence import low_variability, record_evidence, seasonal_deviation, tail_evidence
from stream.detection.evidence.alarm import alarm
from stream.detection.evidence.fusion import combine
from stream.detection.forecast import horizon
from stream.detection.forecast.forecaster import predict, recall
from stream.detection.forecast.horizon import RATES
from stream.detection.kernel.grid import VALUE
from stream.detection.kernel.scale import learn
from stream.detection.novelty import histogram, histogram_2d, surprise
from stream.detection.novelty.clipping import admit, start
from stream.detection.novelty.expiry import rotate
from stream.detection.novelty.statistics import observe
from stream.detection.scoring.features import describe
from stream.detection.state.budget import strictness, tail_threshold
from stream.detection.state.key import Key
from stream.detection.state.layout import N_MAPS, Float32, Float64, Int64, Records
from stream.detection.state.step_record import Judgement
from stream.detection.state.warmup import is_slow

PAIR: Final = N_MAPS


@entrance
def judge(
    keys: Records,
    slots: Int64,
    timestamps_s: Float64,
    values: Float64,
    warmups: Int64,
    slow_warmups: Int64,
    budgets: Float64,
    surprising: float,
    judgements: Records,
    inputs: Float32,
) -> None:
    """Judge and learn a record of every key of a batch, up to what the forecaster shall see.

    Parameters
    ----------
    keys : structured array of `RECORD`, shape (capacity,)
    slots, timestamps_s, values, warmups, slow_warmups, budgets : shape (batch,)
        As for `Detector`.
    surprising : float
        Spreads of an hour from which on its mean is taken for an exception.
    judgements : structured array of `JUDGEMENT`, shape (batch,)
        Is filled.
    inputs : float32, shape (batch, 26)
        Is filled.
    """
    for row in range(len(slots)):
        key, record = keys[slots[row]], judgements[row]
        recall(key, record)
        _score_novelty(key, timestamps_s[row], values[row], warmups[row], budgets[row], record)
        _score(key, timestamps_s[row], warmups[row], budgets[row], surprising, record, inputs[row])
        first = min(warmups[row], slow_warmups[row]) if is_slow(key) else warmups[row]
        record.warming = record.t < first
        record.alarm = alarm(key, record.t, record.score) and not record.warming


@entrance
def foresee(keys: Records, slots: Int64, timestamps_s: Float64, judgements: Records, outputs: Float32) -> None:
    """Keep what the forecaster says of the records to come, and be ready for them.

    Parameters
    ----------
    outputs : float32, shape (batch, 9) or (batch, 11)
        Of the forecaster.
    """
    for row in range(len(slots)):
        key = keys[slots[row]]
        predict(key, judgements[row], outputs[row])
        key.timestamp_s, key.t = timestamps_s[row], np.uint32(key.t + 1)


@entrance
def show(
    keys: Records,
    slots: Int64,
    timestamps_s: Float64,
    values: Float64,
    surprising: float,
    judgements: Records,
    inputs: Float32,
) -> None:
    """Make the forecaster's inputs alone of a record of every key; of the maps they need the value's grid."""
    for row in range(len(slots)):
        key, record = keys[slots[row]], judgements[row]
        recall(key, record)
        y = _admit(key, timestamps_s[row], values[row], record)
        record.statistics[VALUE] = y
        rotate(key, record.t, timestamps_s[row], record.statistics)
        histogram.locate(key, VALUE, y)
        describe(key, record.t, timestamps_s[row], y, surprising, record, inputs[row])
        key.timestamp_s, key.t = timestamps_s[row], np.uint32(key.t + 1)


@compiled
def _admit(key: Key, timestamp_s: float, value: float, record: Judgement) -> np.float32:
    """Take in a value; what is learned of it, less x0, is given."""
    start(key, timestamp_s, value)
    y, record.absurd = admit(key, record.t, value)
    record.learned = key.x0 + float(y) if record.absurd else value
    record.centre, record.spread = learn(key, record.t, y)
    return y


@compiled
def _score_novelty(key: Key, timestamp_s: float, value: float, warmup: int, budget: float, record: Judgement) -> None:
    """Say how new and how improbable the record is, after all that its key has shown."""
    y = _admit(key, timestamp_s, value, record)
    observe(key, record.t, y, record.statistics)
    rotate(key, record.t, timestamp_s, record.statistics)
    for of in range(N_MAPS):
        place = histogram.locate(key, of, record.statistics[of])
        record.distances[of] = histogram.recall(key, of, place)
        record.extents[of] = histogram.extent(key, of)
    record.distances[PAIR] = histogram_2d.recall(key, y, record.statistics[PAIR])
    record.extents[PAIR] = record.extents[VALUE]
    record.novelty = surprise.weigh(
        key, record.t, warmup, record.distances, record.extents, record.absurd, record.surprise
    )
    record_evidence.score(key, warmup, record)
    strict = 0.0 if record.absurd else strictness(budget)
    tail_evidence.score(key, warmup, tail_threshold(budget), strict, record)


@compiled
def _score(
    key: Key,
    timestamp_s: float,
    warmup: int,
    budget: float,
    surprising: float,
    record: Judgement,
    inputs: Float32,
) -> None:
    """Describe the record, and combine all evidence on it."""
    describe(key, record.t, timestamp_s, record.statistics[VALUE], surprising, record, inputs)
    rate = RATES[record.octave]
    at_this_time = seasonal_deviation.weigh(key, horizon.due(key, timestamp_s, record), rate)
    still = low_variability.weigh(key, record.usual_change, record.spread, rate, record.week_on)
    combine(key, timestamp_s, warmup, budget, at_this_time, still, record)
