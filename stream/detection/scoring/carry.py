"""The way of a point, from decoding to verdict."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from stream.detection.arrays import Float32, Int64, Records
from stream.detection.compiler.entry_point import entry_point
from stream.detection.compiler.stage import compiled
from stream.detection.episodes import calm
from stream.detection.episodes.calm import BOUNDARY
from stream.detection.episodes.episode import CLOSES_BELOW
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import counters, timeline, transform
from stream.detection.points.timeline import LASTING_NOTES, NOTE_RESET
from stream.detection.policy.budget import in_points
from stream.detection.policy.policy import SeriesPolicyRow, Transform
from stream.detection.scoring.batch import Needs
from stream.detection.scoring.order import MAINTENANCE, is_in_order
from stream.detection.scoring.rows import Forecast, KeyRun, Point, Result
from stream.detection.scoring.step import count_record, describe_ahead, score_record, store_forecast
from stream.detection.state.key import Key
from stream.detection.state.phase import Phase
from stream.detection.state.step_record import StepRecord

NOTHING, TRANSFORM, FILLING = Needs.NOTHING.value, Needs.TRANSFORM.value, Needs.FILLING.value
FORECAST, REVIEW = Needs.FORECAST.value, Needs.REVIEW.value

SHORTEST_AHEAD: Final = 64
"""Points that a key is taken ahead; more, as many as it has come without one for which that was in vain."""

PUT_ASIDE: Final = -1
"""A point that is not scored: a duplicate, late, in maintenance, or without a value."""

RESET: Final = np.uint8(NOTE_RESET)


class Terms(NamedTuple):
    """What holds for all keys of a detector: see `Policy` and `AnomalyScorer`."""

    max_fill: int
    rewarm: int
    false_alarm_s: float
    false_alarm_points: float
    surprising: float
    looks_ahead: bool


class Scratch(NamedTuple):
    """Scratch rows on which a key is carried ahead of its forecasts."""

    keys: Records
    step_records: Records
    results: Records


@entry_point
def carry(
    keys: Records,
    series_policies: Records,
    terms: Terms,
    runs: Records,
    points: Records,
    step_records: Records,
    results: Records,
    forecasts: Records,
    inputs: Float32,
    ahead: Int64,
    scratch: Scratch,
) -> None:
    """Carry each key's points on until it needs something.

    A key that needs a forecast is taken ahead on a copy, as far as its inputs depend on no forecast, so that the model
    is shown all of them at once. One that needs a forecast still is left as it is.

    Parameters
    ----------
    keys : structured array of `RECORD`, shape (capacity,)
    series_policies : structured array of `SERIES_POLICY`
    terms : EpisodeConfig
    runs, points, judgements, results, forecasts, inputs, ahead
        Of a `Batch`.
    scratch : Scratch
    """
    for at in range(len(runs)):
        run = runs[at]
        if run.next >= run.end:
            continue
        key, treated = keys[run.slot], series_policies[run.series_policy]
        row, needed = run.next, run.needs
        while row < run.end:
            run.needs = _carry_point(
                key,
                treated,
                terms,
                run.needs,
                points[row],
                step_records[row],
                results[row],
                forecasts[row],
                inputs[row],
            )
            if run.needs > NOTHING:
                break
            run.needs = NOTHING
            row += 1
        is_new = row != run.next or needed != FORECAST
        run.next = row
        if run.needs == FORECAST and is_new:
            _look_ahead(key, treated, terms, run, points, inputs, ahead, scratch)


@compiled
def _carry_point(
    key: Key,
    treated: SeriesPolicyRow,
    terms: Terms,
    needs: int,
    point: Point,
    record: StepRecord,
    result: Result,
    forecast: Forecast,
    inputs: Float32,
) -> int:
    """Carry a point on from where it stopped, and give what it needs then."""
    if needs < FORECAST:
        needs = _arrive(key, treated, terms, needs, point, result)
        if needs != NOTHING:
            return needs
        _learn_arrival(key, point, result)
        budget = point.budget if point.is_prepared else _budget(key, treated, terms)
        score_record(key, point, result.analysed, budget, terms.surprising, record, inputs, forecast.is_known)
    if needs != REVIEW:
        if not forecast.is_known:
            return FORECAST
        store_forecast(key, point.timestamp_s, record, forecast)
        if point.is_prepared:
            return NOTHING
        record.warming = bool(record.warming or key.t <= key.warm_until)
        if calm.is_moving(key, record.alarm, record.score) and not record.warming:
            return REVIEW
    _conclude(key, record, result)
    return NOTHING


@compiled
def _look_ahead(
    key: Key,
    treated: SeriesPolicyRow,
    terms: Terms,
    run: KeyRun,
    points: Records,
    inputs: Float32,
    ahead: Int64,
    scratch: Scratch,
) -> None:
    """Make the inputs of later points, as far as they need no forecast."""
    ahead[run.next], run.first_ahead, run.n_ahead = run.next, run.next, 1
    if not terms.looks_ahead or run.next + 1 == run.end:
        return
    scratch.keys[0] = key
    copy, record, result = scratch.keys[0], scratch.step_records[0], scratch.results[0]
    count_record(copy, points[run.next].timestamp_s)
    furthest = run.next + max(SHORTEST_AHEAD, run.next - run.trusted_from)
    for row in range(run.next + 1, min(run.end, furthest)):
        point = points[row]
        needs = _arrive(copy, treated, terms, NOTHING, point, result)
        if needs == PUT_ASIDE:
            continue
        if needs != NOTHING:
            return
        _learn_arrival(copy, point, result)
        describe_ahead(copy, point.timestamp_s, result.analysed, terms.surprising, record, inputs[row])
        count_record(copy, point.timestamp_s)
        ahead[run.first_ahead + run.n_ahead] = row
        run.n_ahead += 1


@compiled
def _arrive(key: Key, treated: SeriesPolicyRow, terms: Terms, needs: int, point: Point, result: Result) -> int:
    """Prepare a point for scoring, or put it aside."""
    if point.is_prepared:
        result.analysed = point.value
        return NOTHING
    if needs == NOTHING:
        if not is_in_order(key, point, result):
            return PUT_ASIDE
        if treated.counters and counters.changed_transforms(key, point.value):
            return TRANSFORM
    if needs != FILLING:
        if not _transform(key, point, result):
            return PUT_ASIDE
        result.n_missing = timeline.missing(key, point.timestamp_s)
        if 0 < result.n_missing <= terms.max_fill:
            return FILLING
        if result.n_missing > 0:
            key.warm_until = np.uint32(key.t + terms.rewarm)
    return NOTHING


@compiled
def _transform(key: Key, point: Point, result: Result) -> bool:
    """Transform the value; a counter's first point and reset give none."""
    analysed = transform.apply(key, point.timestamp_s, point.value)
    result.analysed, result.transform, result.reference = analysed.value, key.transform, key.reference
    if key.transform == Transform.RATE.value:
        result.actual = analysed.value if analysed.usable else math.nan
    if analysed.is_reset:
        result.outcome = np.uint8(Outcome.RESET.value)
        key.notes |= RESET
    return analysed.usable


@compiled
def _learn_arrival(key: Key, point: Point, result: Result) -> None:
    """Learn how regularly the points of a key come, and whether they count up."""
    if not point.is_prepared:
        timeline.update_interval_stats(key, point.timestamp_s, point.delivery_lag_s)
        counters.learn(key, result.analysed)


@compiled
def _budget(key: Key, treated: SeriesPolicyRow, terms: Terms) -> float:
    """Return the points for which a series may alarm once for nothing."""
    if math.isnan(treated.false_alarm_s) and math.isnan(treated.false_alarm_points):
        return treated.caution * in_points(terms.false_alarm_s, terms.false_alarm_points, key.interval_s)
    return treated.caution * in_points(treated.false_alarm_s, treated.false_alarm_points, key.interval_s)


@compiled
def _conclude(key: Key, record: StepRecord, result: Result) -> None:
    """Set the result of a point."""
    if record.warming or record.score < CLOSES_BELOW:
        calm.keep_range(key)
    result.is_scored, result.score = True, math.nan if record.warming else record.score
    result.outcome = np.uint8(_outcome(key, record))
    result.lowest = calm.lowest(key, key.x0)
    if record.is_clipped or key.notes & MAINTENANCE:
        key.outliers = np.uint8(1)
    key.notes &= LASTING_NOTES


@compiled
def _outcome(key: Key, record: StepRecord) -> int:
    if record.warming:
        return Outcome.WARMING.value
    if key.episode_held > 0 and record.score >= BOUNDARY:
        return Outcome.SUPPRESSED.value
    is_active = key.episode_phase == Phase.OPEN.value and key.episode_calm == 0
    return Outcome.ANOMALOUS.value if is_active or record.score >= BOUNDARY else Outcome.NORMAL.value
