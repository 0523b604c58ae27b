"""Anomalies that rules suppress, by scoring again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stream.cli.doctor.finding import Finding
from stream.detection.arrays import Float64, Int64
from stream.detection.backtest import Series, backtest
from stream.detection.detector import ForecastDetector
from stream.detection.episodes.verdict import Outcome, Policy
from stream.detection.policy.policy import SeriesPolicy
from stream.detectors import build_detector, chosen_bundle
from stream.events.text import format_time
from stream.series_policies import series_policy_of
from stream.settings.settings import Settings


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
