"""What the rules suppress of one series: its points, scored again as a worker would."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stream.cli.doctor.finding import Finding
from stream.detection.backtest import Series, backtest
from stream.detection.detector import Gauge
from stream.detection.episodes.verdict import Outcome, Policy
from stream.detection.state.layout import Float64, Int64
from stream.detection.state.policy import Treatment
from stream.events.text import moment
from stream.gauges import make_gauge
from stream.model import Bundle
from stream.settings.settings import Settings
from stream.treatments import treatment_of


def suppressed(
    settings: Settings, series: str, feature: str | None, timestamps_ms: Int64, values: Float64, about: str
) -> Iterator[Finding]:
    """Say how many anomalies of a series its rules suppress, and when the last one was.

    Only of a series for which a rule decides something, and of models that score each feature by itself.
    """
    treatment = treatment_of(settings.rules, series, feature)
    if treatment == Treatment():
        return
    bundle = Bundle.default() if settings.model is None else Bundle.load(settings.model)
    gauge = make_gauge(bundle, Policy(warmup=settings.warmup, slow_warmup=settings.slow_warmup))
    if not isinstance(gauge, Gauge) or gauge.n_features > 1:
        return
    (scored,) = backtest(gauge, [Series(timestamps_ms, values)], treatments=[treatment])
    rows = np.flatnonzero(scored.outcome == Outcome.SUPPRESSED)
    if len(rows) == 0:
        yield Finding(about, "ok", "its rules suppress no anomaly among these points")
        return
    n = 1 + int(np.count_nonzero(np.diff(rows) > 1))
    last = moment(int(timestamps_ms[rows[-1]]))
    asks = [
        *([f"a deviation of {treatment.min_deviation:g}"] if treatment.min_deviation else []),
        *([f"one of {treatment.min_deviation_share:.0%}"] if treatment.min_deviation_share else []),
        *([f"direction {treatment.direction.name.lower()}"] if treatment.direction else []),
    ]
    text = f"its rules suppress {n:,} anomalies of {len(rows):,} points, the last at {last} UTC"
    yield Finding(about, "warn", f"{text}; they ask for {' and '.join(asks)}")
