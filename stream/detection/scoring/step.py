"""The stages of the scorer, for one record of one key."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import N_MAPS, N_UNITS, Float32, Float64, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.evidence import low_variability, record_evidence, seasonal_deviation, tail_evidence
from stream.detection.evidence.alarm import alarm
from stream.detection.evidence.fusion import combine_scores
from stream.detection.forecast import horizon
from stream.detection.forecast.forecaster import save_previous_forecast, update_forecast
from stream.detection.forecast.horizon import RATES
from stream.detection.kernel.grid import VALUE
from stream.detection.kernel.scale import learn
from stream.detection.novelty import histogram, histogram_2d, surprise
from stream.detection.novelty.clipping import clip_outlier, initialise_key
from stream.detection.novelty.expiry import expire_generation
from stream.detection.novelty.statistics import update_statistics
from stream.detection.points.warmup import is_slow
from stream.detection.policy.budget import Thresholds, thresholds
from stream.detection.scoring.features import build_features
from stream.detection.scoring.rows import Forecast, Point
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord

PAIR: Final = N_MAPS


@compiled
def score_record(
    key: Key,
    point: Point,
    value: float,
    budget: float,
    surprising: float,
    record: StepRecord,
    inputs: Float32,
    is_described: bool,
) -> None:
    """Score a record, learn it, and make the forecaster's inputs, unless they were made ahead."""
    save_previous_forecast(key, record)
    limits = thresholds(budget)
    _score_novelty(key, point.timestamp_s, value, point.warmup, limits, record)
    _score_context(key, point.timestamp_s, point.warmup, limits, surprising, record, inputs, is_described)
    first = min(point.warmup, point.slow_warmup) if is_slow(key) else point.warmup
    record.warming = record.t < first
    record.alarm = alarm(key, record.t, record.score) and not record.warming


@compiled
def describe_ahead(
    key: Key, timestamp_s: float, value: float, surprising: float, record: StepRecord, inputs: Float32
) -> None:
    """Make the forecaster's inputs of a record, without scoring it."""
    save_previous_forecast(key, record)
    y = _clip_and_update(key, timestamp_s, value, record)
    record.statistics[VALUE] = y
    expire_generation(key, record.t, timestamp_s, record.statistics)
    histogram.bin_of(key, VALUE, y)
    build_features(key, record.t, timestamp_s, y, surprising, record, inputs, False)


@compiled
def store_forecast(key: Key, timestamp_s: float, record: StepRecord, forecast: Forecast) -> None:
    """Store the model's forecasts and state, and count the record."""
    update_forecast(key, record, forecast.parameters)
    for unit in range(N_UNITS):
        key.h[unit], key.c[unit] = forecast.h[unit], forecast.c[unit]
    count_record(key, timestamp_s)


@compiled
def count_record(key: Key, timestamp_s: float) -> None:
    """Count a record that is learned, and keep its time."""
    key.timestamp_s, key.t = timestamp_s, np.uint32(key.t + 1)


@entry_point
def compute_features(
    keys: Records,
    slots: Int64,
    timestamps_s: Float64,
    values: Float64,
    surprising: float,
    step_records: Records,
    inputs: Float32,
) -> None:
    """Compute the forecaster's inputs alone."""
    for row in range(len(slots)):
        key = keys[slots[row]]
        describe_ahead(key, timestamps_s[row], values[row], surprising, step_records[row], inputs[row])
        count_record(key, timestamps_s[row])


@compiled
def _clip_and_update(key: Key, timestamp_s: float, value: float, record: StepRecord) -> np.float32:
    """Clip and learn a value; return it less x0."""
    initialise_key(key, timestamp_s, value)
    y, record.is_clipped = clip_outlier(key, record.t, value)
    record.learned = key.x0 + float(y) if record.is_clipped else value
    record.centre, record.spread = learn(key, record.t, y)
    return y


@compiled
def _score_novelty(
    key: Key, timestamp_s: float, value: float, warmup: int, limits: Thresholds, record: StepRecord
) -> None:
    """Score the novelty and improbability of a record."""
    y = _clip_and_update(key, timestamp_s, value, record)
    update_statistics(key, record.t, y, record.statistics)
    expire_generation(key, record.t, timestamp_s, record.statistics)
    for of in range(N_MAPS):
        place = histogram.bin_of(key, of, record.statistics[of])
        record.distances[of] = histogram.distance_and_insert(key, of, place)
        record.extents[of] = histogram.occupied_width(key, of)
    record.distances[PAIR] = histogram_2d.distance_and_insert(key, y, record.statistics[PAIR])
    record.extents[PAIR] = record.extents[VALUE]
    record.novelty = surprise.score(
        key, record.t, warmup, record.distances, record.extents, record.is_clipped, record.surprise
    )
    record_evidence.score(key, warmup, record)
    strict = 0.0 if record.is_clipped else limits.strictness
    tail_evidence.score(key, warmup, limits.tail, strict, record)


@compiled
def _score_context(
    key: Key,
    timestamp_s: float,
    warmup: int,
    limits: Thresholds,
    surprising: float,
    record: StepRecord,
    inputs: Float32,
    is_described: bool,
) -> None:
    """Describe the record, and combine all evidence on it."""
    build_features(key, record.t, timestamp_s, record.statistics[VALUE], surprising, record, inputs, is_described)
    rate = RATES[record.octave]
    at_this_time = seasonal_deviation.score(key, horizon.pop_error(key, timestamp_s, record), rate)
    still = low_variability.score(key, record.typical_change, record.spread, rate, record.week_on)
    combine_scores(key, timestamp_s, warmup, limits, at_this_time, still, record)
