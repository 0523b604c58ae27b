"""The whole detector of one key: gate, statistics, maps, evidence, and the forecast of the next record."""

from dataclasses import dataclass, field

import numpy as np
from numpy import float32

from tests.plain.evidence import Alarm, Evidence, Surprise
from tests.plain.forecast import Forecast
from tests.plain.gate import Gate
from tests.plain.inputs import Inputs
from tests.plain.maps import Maps
from tests.plain.single import ZERO, Vector
from tests.plain.statistics import Statistics, Window


@dataclass(frozen=True)
class Verdict:
    """What is said of one record. Vectors of shape (5,) are in the order x, residual_3, level, residual_12, pair."""

    absurd: bool
    expected: float
    statistics: Statistics
    distances: Vector
    surprise: Vector
    score: float
    shares: Vector
    warming: bool
    alarm: bool
    inputs: Vector


@dataclass
class Detector:
    """State of one key after `t` records. `warmup` is in records."""

    forecast: Forecast
    warmup: int = 300
    t: int = 0
    gate: Gate = field(default_factory=Gate)
    window: Window = field(default_factory=Window)
    maps: Maps = field(default_factory=Maps)
    surprise: Surprise = field(default_factory=Surprise)
    evidence: Evidence = field(default_factory=Evidence)
    alarm: Alarm = field(default_factory=Alarm)
    inputs: Inputs = field(default_factory=Inputs)
    next_value: float32 = ZERO

    def score(self, timestamp_s: float, value: float) -> Verdict:
        """Take in the next record, later than the one before, and say how surprising it is."""
        t, warming = self.t, self.t < self.warmup
        x, absurd = self.gate.admit(t, value, self.maps.hull_of_x)
        expected = float(self.next_value) + self.gate.first_value if t > 0 else np.nan
        statistics = self.window.add(t, x, self.next_value)
        self.maps.rotate_when_due(t, timestamp_s, statistics)
        distances = self.maps.visit(statistics)
        surprise = self.surprise.weigh(t, self.warmup, distances, self.maps.extents, self.gate.largest, absurd)
        score = self.evidence.add(t, surprise)
        alarm = self.alarm.decide(t, score) and not warming
        inputs = self.inputs.after(t, timestamp_s, x, self.gate.first_value, self.maps.grid_of_x)
        self.next_value = self.forecast.after(inputs, self.inputs.moments, self.maps.hull_of_x)
        self.t += 1
        return Verdict(
            absurd=absurd,
            expected=expected,
            statistics=statistics,
            distances=distances,
            surprise=surprise,
            score=score,
            shares=self.evidence.shares,
            warming=warming,
            alarm=alarm,
            inputs=inputs,
        )
