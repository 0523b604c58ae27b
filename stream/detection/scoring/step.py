"""The stages of the detector: what becomes of one record of one key, in its order."""

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
from stream.detection.scoring.batch import Forecast, Point
from stream.detection.scoring.features import describe
from stream.detection.state.budget import strictness, tail_threshold
from stream.detection.state.key import Key
from stream.detection.state.layout import N_MAPS, N_UNITS, Float32, Float64, Int64, Records
from stream.detection.state.step_record import Judgement
from stream.detection.state.warmup import is_slow

PAIR: Final = N_MAPS


@compiled
def judge(
    key: Key, point: Point, value: float, budget: float, surprising: float, record: Judgement, inputs: Float32
) -> None:
    """Score a record against all that its key has shown, learn it, and make the forecaster's inputs of it."""
    recall(key, record)
    _score_novelty(key, point.timestamp_s, value, point.warmup, budget, record)
    _score(key, point.timestamp_s, point.warmup, budget, surprising, record, inputs)
    first = min(point.warmup, point.slow_warmup) if is_slow(key) else point.warmup
    record.warming = record.t < first
    record.alarm = alarm(key, record.t, record.score) and not record.warming


@compiled
def describe_ahead(
    key: Key, timestamp_s: float, value: float, surprising: float, record: Judgement, inputs: Float32
) -> None:
    """Make the forecaster's inputs alone of a record; of the maps they need the value's grid."""
    recall(key, record)
    y = _admit(key, timestamp_s, value, record)
    record.statistics[VALUE] = y
    rotate(key, record.t, timestamp_s, record.statistics)
    histogram.locate(key, VALUE, y)
    describe(key, record.t, timestamp_s, y, surprising, record, inputs)


@compiled
def store_forecast(key: Key, timestamp_s: float, record: Judgement, forecast: Forecast) -> None:
    """Keep the forecasts of the records to come and what the model remembers, and count this record."""
    predict(key, record, forecast.parameters)
    for unit in range(N_UNITS):
        key.h[unit], key.c[unit] = forecast.h[unit], forecast.c[unit]
    count_record(key, timestamp_s)


@compiled
def count_record(key: Key, timestamp_s: float) -> None:
    """Count a record that is learned, and keep its time."""
    key.timestamp_s, key.t = timestamp_s, np.uint32(key.t + 1)


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
        key = keys[slots[row]]
        describe_ahead(key, timestamps_s[row], values[row], surprising, judgements[row], inputs[row])
        count_record(key, timestamps_s[row])


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
