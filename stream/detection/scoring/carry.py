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
from stream.detection.episodes.comparison import Comparison
from stream.detection.episodes.review import Reviewable, Reviewed, review
from stream.detection.episodes.timing import CLOSES_BELOW, RESOLVE_AFTER, EpisodeConfig
from stream.detection.episodes.transition import Change
from stream.detection.episodes.verdict import Outcome
from stream.detection.points import timeline
from stream.detection.points.timeline import LASTING_NOTES
from stream.detection.policy.budget import in_points
from stream.detection.policy.policy import SeriesPolicyRow
from stream.detection.scoring.arrival import PUT_ASIDE, arrive, learn_arrival
from stream.detection.scoring.batch import Needs
from stream.detection.scoring.order import MAINTENANCE
from stream.detection.scoring.rows import Forecast, KeyRun, Point, Result
from stream.detection.scoring.step import count_record, describe_ahead, score_record, store_forecast
from stream.detection.state.key import Key
from stream.detection.state.phase import Phase
from stream.detection.state.step_record import StepRecord

NOTHING, FORECAST, EVENT = Needs.NOTHING.value, Needs.FORECAST.value, Needs.EVENT.value

SHORTEST_AHEAD: Final = 64
"""Points that a key is taken ahead; more, as many as it has come without one for which that was in vain."""

UNCHANGED: Final = Change.NONE.value


class Terms(NamedTuple):
    """What holds for all keys of a detector: see `Policy` and `AnomalyScorer`."""

    max_fill: int
    rewarm: int
    false_alarm_s: float
    false_alarm_points: float
    surprising: float
    looks_ahead: bool
    update_interval_ms: int
    level: float


class Scratch(NamedTuple):
    """Scratch rows: for keys carried ahead, and for comparisons."""

    keys: Records
    step_records: Records
    results: Records
    comparisons: Records


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
    n_suppressed: Int64,
    scratch: Scratch,
    waiting: Int64,
) -> None:
    """Carry each key's points on until it needs something.

    A key that needs a forecast is taken ahead on a copy, as far as its inputs depend on no forecast, so that the model
    is shown all of them at once. One that needs a forecast still is left as it is.

    Parameters
    ----------
    keys : structured array of `RECORD`, shape (capacity,)
    series_policies : structured array of `SERIES_POLICY`
    terms : Terms
    runs, points, step_records, results, forecasts, inputs, ahead, n_suppressed
        Of a `Batch`.
    scratch : Scratch
    waiting : int64, shape (5,)
        Zeros at first; set to how many keys need what, by `Needs`.
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
                n_suppressed,
                scratch.comparisons[0],
            )
            if results[row].is_rescaled:
                run.trusted_from = row
                for later in range(row + 1, run.end):
                    forecasts[later].is_known = False
            if run.needs > NOTHING:
                break
            run.needs = NOTHING
            row += 1
        is_new = row != run.next or needed != FORECAST
        run.next = row
        if run.needs > NOTHING:
            waiting[run.needs] += 1
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
    n_suppressed: Int64,
    compared: Comparison,
) -> int:
    """Carry a point on from where it stopped, and give what it needs then."""
    if needs < FORECAST:
        needs = arrive(key, treated.counters, terms.max_fill, terms.rewarm, needs, point, result)
        if needs != NOTHING:
            return needs
        learn_arrival(key, point, result)
        budget = point.budget if point.is_prepared else _budget(key, treated, terms)
        score_record(key, point, result.analysed, budget, terms.surprising, record, inputs, forecast.is_known)
    if needs != EVENT:
        if not forecast.is_known:
            return FORECAST
        store_forecast(key, point.timestamp_s, record, forecast)
        if point.is_prepared:
            return NOTHING
        record.warming = bool(record.warming or key.t <= key.warm_until)
        if calm.is_moving(key, record.alarm, record.score) and not record.warming:
            reviewed = _review(key, treated, terms, point, record, result, compared)
            n_suppressed[reviewed.suppression] += 1
            if reviewed.change != UNCHANGED or reviewed.is_learned:
                return EVENT
    _conclude(key, record, result)
    return NOTHING


@compiled
def _review(
    key: Key,
    treated: SeriesPolicyRow,
    terms: Terms,
    point: Point,
    record: StepRecord,
    result: Result,
    compared: Comparison,
) -> Reviewed:
    """Move an episode, and keep what is to be published."""
    config = EpisodeConfig(CLOSES_BELOW, RESOLVE_AFTER, terms.update_interval_ms)
    now_ms = timeline.milliseconds(point.timestamp_s)
    at = Reviewable(point.timestamp_s, now_ms, result.analysed, terms.level, int(point.expected_kinds))
    reviewed = review(key, treated, record, at, config, compared)
    result.change, result.severity = np.uint8(reviewed.change), np.uint8(reviewed.severity)
    result.score, result.is_rescaled, result.is_learned = record.score, reviewed.is_rescaled, reviewed.is_learned
    return reviewed


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
        needs = arrive(copy, treated.counters, terms.max_fill, terms.rewarm, NOTHING, point, result)
        if needs == PUT_ASIDE:
            continue
        if needs != NOTHING:
            return
        learn_arrival(copy, point, result)
        describe_ahead(copy, point.timestamp_s, result.analysed, terms.surprising, record, inputs[row])
        count_record(copy, point.timestamp_s)
        ahead[run.first_ahead + run.n_ahead] = row
        run.n_ahead += 1


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
    result.lowest = calm.lowest(key)
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
