"""The whole detector of one key: gate, statistics, maps, evidence, and the forecasts of what is to come."""

from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy import float32

from tests.plain.alarm import Alarm
from tests.plain.clipping import Clipping
from tests.plain.evidence import (
    SLOW_S,
    TAILS_FROM,
    Components,
    Week,
    daily_caution,
    new,
    rarity_asked,
    record_threshold,
    strictness,
    tail_threshold,
    youth,
)
from tests.plain.forecast import NO_MIXTURE, Forecast, unlikeliness
from tests.plain.histogram import Histograms
from tests.plain.horizon import Horizon
from tests.plain.inputs import Inputs
from tests.plain.novelty import Novelty, Surprise
from tests.plain.record_evidence import RecordEvidence
from tests.plain.seasonal_deviation import SeasonalDeviation
from tests.plain.single import ZERO, Vector
from tests.plain.statistics import Statistics, Window
from tests.plain.tail_evidence import N_FIRST, TailEvidence


@dataclass(frozen=True)
class Verdict:
    """What is said of one record. Vectors are in the order x, residual_3, level, residual_12, pair.

    `shares` go on with the moment and the quiet.
    """

    absurd: bool
    expected: float
    statistics: Statistics
    distances: Vector
    surprise: Vector
    novelty: float
    record_evidence: float
    tail_evidence: float
    components: Components
    score: float
    shares: Vector
    warming: bool
    alarm: bool
    inputs: Vector


@dataclass
class Detector:
    """State of one key after `t` records. `warmup` is in records, `budget` in points for a false alarm.

    `slow_warmup` is that of a slow key.
    """

    forecast: Forecast
    warmup: int = 300
    budget: float = 43_200
    slow_warmup: int = 64
    t: int = 0
    gate: Clipping = field(default_factory=Clipping)
    window: Window = field(default_factory=Window)
    maps: Histograms = field(default_factory=Histograms)
    surprise: Surprise = field(default_factory=Surprise)
    novelty: Novelty = field(default_factory=Novelty)
    record_evidence: RecordEvidence = field(default_factory=RecordEvidence)
    tail_evidence: TailEvidence = field(default_factory=TailEvidence)
    week: Week = field(default_factory=Week)
    outlook: Horizon = field(default_factory=Horizon)
    moment: SeasonalDeviation = field(default_factory=SeasonalDeviation)
    alarm: Alarm = field(default_factory=Alarm)
    inputs: Inputs = field(default_factory=Inputs)
    next_value: float32 = ZERO
    next_mixture: Vector = field(default_factory=lambda: NO_MIXTURE)
    input_0: float32 = ZERO
    previous_timestamp_s: float | None = None

    def score(self, timestamp_s: float, value: float) -> Verdict:
        """Take in the next record, later than the one before, and say how surprising it is."""
        t = self.t
        x, absurd = self.gate.admit(t, value, self.maps.hull_of_x)
        expected = float(self.next_value) + self.gate.first_value if t > 0 else np.nan
        statistics = self.window.add(t, x, self.next_value)
        self.maps.rotate_when_due(t, timestamp_s, statistics)
        distances = self.maps.visit(statistics)
        surprise = self.surprise.score(t, self.warmup, distances, self.maps.extents, self.gate.largest, absurd)
        novelty = self.novelty.add(t, surprise)
        of_records = self.record_evidence.score(t, self.warmup, distances, self.maps.extents, absurd=absurd)
        unlikely = self._unlikeliness(x)
        inputs = self.inputs.after(t, timestamp_s, x, self.gate.first_value, self.maps.grid_of_x)
        strict = 0.0 if absurd else strictness(self.budget)
        of_tails, tail, rarity, caution = self.tail_evidence.score(
            t,
            self.warmup,
            statistics,
            unlikeliness=unlikely,
            error=self.window.error_1,
            spread=self.inputs.moments.scale,
            absurd=absurd,
            threshold=tail_threshold(self.budget),
            strict=strict,
        )
        evidence = float(of_records.sum()) / caution, of_tails, rarity
        components = self._components(timestamp_s, novelty, evidence, inputs, absurd=absurd)
        score, slow = max(components), self.inputs.interval_s >= SLOW_S
        warming = t < (min(self.warmup, self.slow_warmup) if slow else self.warmup)
        alarm = self.alarm.decide(t, score) and not warming
        self._look_ahead(inputs)
        self.previous_timestamp_s, self.t = timestamp_s, t + 1
        return Verdict(
            absurd=absurd,
            expected=expected,
            statistics=statistics,
            distances=distances,
            surprise=surprise,
            novelty=novelty,
            record_evidence=float(of_records.sum()),
            tail_evidence=of_tails,
            components=components,
            score=score,
            shares=components.shares(of_records, tail),
            warming=warming,
            alarm=alarm,
            inputs=inputs,
        )

    def _unlikeliness(self, x: float32) -> float:
        """How unlikely the value is under the mixture that was forecast for it."""
        if self.t == 0:
            return 0.0
        moments = self.inputs.moments
        away = float(float32(np.arcsinh((x - moments.mean) / moments.scale))) - float(self.input_0)
        return unlikeliness(away, self.next_mixture)

    def _components(
        self, timestamp_s: float, novelty: float, evidence: tuple[float, float, float], inputs: Vector, *, absurd: bool
    ) -> Components:
        of_records, of_tails, rarity = evidence
        day_on, week_on = self.inputs.has_seasons
        miss = self._miss(timestamp_s, inputs)
        moment, quiet = self.moment.score(miss, self.inputs.stride), self._quiet()
        hour_seen = not day_on or self.inputs.week.here is not None
        is_new = new(
            novelty,
            surprise=self.moment.surprise(miss),
            week_known=week_on,
            hour_seen=hour_seen,
        )
        proved = self.moment.trust if self.week.has_proved(timestamp_s, is_on=week_on) else 0
        strict = strictness(self.budget)
        slow = bool(self.inputs.interval_s >= SLOW_S)
        asked = rarity_asked(strict, young=slow and self.t < self.warmup and not day_on)
        gate = inf if absurd or self.t < N_FIRST or asked == 0 else rarity / asked
        times = max(youth(self.t, self.warmup) if slow else 1.0, daily_caution(day_on=day_on, week_on=week_on))
        return Components(
            records=min(of_records / (times * record_threshold(self.budget)), is_new / 0.7, gate),
            tails=of_tails / tail_threshold(self.budget) if self.t >= TAILS_FROM else 0.0,
            moment=moment * proved,
            quiet=quiet * proved,
        )

    def _miss(self, timestamp_s: float, inputs: Vector) -> float32 | None:
        """How far the record is from what was foretold of it, None if nothing was."""
        gap_s = 0.0 if self.previous_timestamp_s is None else timestamp_s - self.previous_timestamp_s
        its = self.inputs
        return self.outlook.due(self.t, gap_s, its.interval_s, its.stride, inputs, its.moments)

    def _quiet(self) -> float:
        its = self.inputs
        return its.quiet.score(its.usual_change, its.moments.scale, its.stride, sure=its.has_seasons[1])

    def _look_ahead(self, inputs: Vector) -> None:
        """Foretell the next record, and where a model looks so far, the far one relative to what is usual then."""
        its = self.inputs
        self.next_value, far, self.next_mixture = self.forecast.after(inputs, its.moments, self.maps.hull_of_x)
        self.input_0 = inputs[0]
        if far is not None:
            usual = inputs[20] if inputs[22] else inputs[17]
            self.outlook.put(
                self.t, its.stride, far, usual, its.moments, sure=its.has_seasons[1] and not its.far_is_odd
            )
