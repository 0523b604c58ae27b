"""Doctor's findings on one series: traits and rules needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from glob import escape

import numpy as np

from stream.calibration.series_traits import SeriesTraits, describe
from stream.cli.doctor.finding import Finding
from stream.cli.echo import echo, progress, suggest
from stream.cli.storage.series_reader import SeriesReading, read_series
from stream.cli.watch.detail import number
from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import Series, backtest
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Outcome, Policy
from stream.detection.points.warmup import first_scored
from stream.detection.policy.policy import SeriesPolicy
from stream.detectors import build_detector, chosen_bundle
from stream.errors import DataError, StreamgaugeError
from stream.events.text import display_name, format_duration, format_time
from stream.kafka.topics.offset_range import Moment
from stream.series_policies import series_policy_of
from stream.settings.settings import Settings
from stream.settings.sources import variable

ABOUT = "series"


def examine_series(settings: Settings, series: str, start: Moment) -> Iterator[Finding]:
    """Read a series' newest points and describe what they need."""
    try:
        reading = _read(settings, series, start)
    except StreamgaugeError as error:
        yield Finding(ABOUT, "fail", str(error), error.exit_code)
        return
    if reading.refused:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in reading.refused.most_common())
        yield Finding(ABOUT, "warn", f"dead-lettered messages: {reasons}; docs/events.md explains the reasons")
    if not reading.points:
        yield _not_found(series, reading)
    for feature in reading.points:
        yield from _about(settings, series, feature, reading)


def _read(settings: Settings, series: str, start: Moment) -> SeriesReading:
    with progress(f"reading {settings.metrics_topic}") as report:
        return read_series(settings, series, start, report, partial(echo, err=True))


def _not_found(series: str, reading: SeriesReading) -> Finding:
    advice = suggest(series, reading.others, "try an earlier --from")
    text = f"{series}: no point that can be read, among those of {len(reading.others):,} other series; {advice}"
    return Finding(ABOUT, "fail", text, DataError.exit_code)


def _about(settings: Settings, series: str, feature: str | None, reading: SeriesReading) -> Iterator[Finding]:
    timestamps_ms, values, n_late = reading.ordered(feature)
    name = display_name(series, feature)
    traits = describe(timestamps_ms, values)
    span = f"{format_time(int(timestamps_ms[0]))} to {format_time(int(timestamps_ms[-1]))} UTC"
    every = f", every {format_duration(round(1000 * traits.interval_s))}" if traits.n_points > 1 else ""
    yield Finding(ABOUT, "ok", f"{name}: {traits.n_points:,} points, {span}{every}")
    if n_late:
        yield Finding(ABOUT, "warn", f"late or duplicate points: {n_late:,}; they are counted, not scored")
    yield from _about_time(settings, traits)
    yield _about_values(settings, series, feature, traits)
    yield from suppressed(settings, series, feature, timestamps_ms, values, ABOUT)


def _about_time(settings: Settings, traits: SeriesTraits) -> Iterator[Finding]:
    if not traits.is_regular:
        text = f"irregular timestamps, {traits.irregularity:.0%} off the usual interval on average"
        yield Finding(ABOUT, "warn", f"{text}: gaps cannot be detected, and nothing is imputed")
    warmup = first_scored(settings.warmup, settings.slow_warmup, traits.interval_s)
    n_left = warmup - traits.n_points
    if n_left > 0:
        wait = f"in {format_duration(round(1000 * n_left * traits.interval_s))}" if traits.n_points > 1 else "later"
        text = f"warming up, {traits.n_points:,} of {warmup:,} points: the first score comes {wait}"
        yield Finding(ABOUT, "warn", f"{text}, unless there are older points; {variable('warmup')} sets the number")


def _about_values(settings: Settings, series: str, feature: str | None, traits: SeriesTraits) -> Finding:
    seen, transform = _seen(traits)
    given, by = _given(settings, series, feature)
    if given == "rate" and not traits.is_counter:
        text = f"rule {by} scores its rate, but it is no counter: each fall is taken for a reset; found {seen}"
        return Finding(ABOUT, "warn", text)
    if transform is None:
        return Finding(ABOUT, "ok", seen)
    if given == transform:
        return Finding(ABOUT, "ok", f"{seen}; rule {by} scores its {transform}")
    if transform == "rate" and series_policy_of(settings.rules, series, feature).counters:
        advice = f"{seen}; workers do so without a rule, after a second warm-up; this rule saves that warm-up:"
        return Finding(ABOUT, "ok", advice, toml=_rule(series, feature, transform))
    advice = f"{seen}; add this to the file of --config, before other rules for this series:"
    return Finding(ABOUT, "warn", advice, toml=_rule(series, feature, transform))


def _seen(traits: SeriesTraits) -> tuple[str, str | None]:
    """Describe the values and the transform they need."""
    low, high = number(traits.low), number(traits.high)
    if traits.is_constant:
        return f"constant, {low}: any other value will alert", None
    if traits.is_counter:
        return f"a counter (resets: {traits.n_resets:,}): score its rate, since each value is new", "rate"
    if traits.is_growth:
        return f"exponential growth, from {low} to {high}: score its logarithm", "log"
    if traits.is_tiny:
        return f"from {low} to {high}: too small to alert; score its logarithm, or publish a smaller unit", "log"
    if traits.has_far_tail:
        return f"heavy-tailed, from {low} to {high}: a few large values hide what the others do", "log"
    if traits.is_binary:
        return (
            f"two values, {low} and {high}: only how long one lasts can alert; publish a ratio instead if you can",
            None,
        )
    if traits.is_sparse:
        return f"the same value {traits.most_common:.0%} of the time, otherwise from {low} to {high}", None
    return f"from {low} to {high}, {traits.n_values:,} different values: nothing to set", None


def _given(settings: Settings, series: str, feature: str | None) -> tuple[str | None, int]:
    """Return the transform that rules set, and the rule's number."""
    for at, rule in enumerate(settings.rules, start=1):
        if rule.transform is not None and rule.matches(series, feature):
            return rule.transform, at
    return None, 0


def _rule(series: str, feature: str | None, transform: str) -> str:
    lines = ["[[rules]]", f"match = {json.dumps(escape(series), ensure_ascii=False)}"]
    if feature is not None:
        lines.append(f"feature = {json.dumps(escape(feature), ensure_ascii=False)}")
    return "\n".join([*lines, f'transform = "{transform}"'])


def suppressed(
    settings: Settings, series: str, feature: str | None, timestamps_ms: Int64, values: Float64, about: str
) -> Iterator[Finding]:
    """Count a series' suppressed anomalies, and date the last.

    Only of a series for which a rule decides something, and of models that score each feature by itself.
    """
    series_policy = series_policy_of(settings.rules, series, feature)
    if series_policy == SeriesPolicy():
        return
    bundle = chosen_bundle(settings.model)
    detector = build_detector(bundle, Policy(warmup=settings.warmup, slow_warmup=settings.slow_warmup))
    if not isinstance(detector, ForecastDetector) or detector.n_features > 1:
        return
    (scored,) = backtest(detector, [Series(timestamps_ms, values)], series_policies=[series_policy])
    rows = np.flatnonzero(scored.outcome == Outcome.SUPPRESSED)
    if len(rows) == 0:
        yield Finding(about, "ok", "its rules suppress no anomaly among these points")
        return
    n = 1 + int(np.count_nonzero(np.diff(rows) > 1))
    last = format_time(int(timestamps_ms[rows[-1]]))
    asks = [
        *([f"a deviation of {series_policy.min_deviation:g}"] if series_policy.min_deviation else []),
        *([f"one of {series_policy.min_deviation_share:.0%}"] if series_policy.min_deviation_share else []),
        *([f"direction {series_policy.direction.name.lower()}"] if series_policy.direction else []),
    ]
    text = f"its rules suppress {n:,} anomalies of {len(rows):,} points, the last at {last} UTC"
    yield Finding(about, "warn", f"{text}; they ask for {' and '.join(asks)}")
