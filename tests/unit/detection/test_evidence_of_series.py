"""Record and tail evidence on whole series: what alarms at the default budget, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import Bool, Float64
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from tests.plain.recording import SeasonalNaive

N_RECORDS = 6_500
FAULT = 6_000
START_S = 1_700_000_000.0

rng = np.random.default_rng(5)
NOISE = {name: rng.normal(size=N_RECORDS) for name in ("noise", "flat", "raised", "spike", "absurd", "ramp")}


def series() -> dict[str, Float64]:
    """Draw all series, a record a minute."""
    at = np.arange(N_RECORDS, dtype=np.float64)
    drawn = dict(NOISE)
    drawn["flat"] = np.where((at >= FAULT) & (at < FAULT + 100), NOISE["flat"][FAULT], NOISE["flat"])
    drawn["raised"] = NOISE["raised"] + 5.0 * (at >= FAULT - 2_000)
    drawn["spike"] = NOISE["spike"] + 10.0 * (at == FAULT)
    drawn["absurd"] = NOISE["absurd"] + 1e6 * (at == 400)
    drawn["ramp"] = NOISE["ramp"] + np.clip((at - FAULT) / 60, 0, 5)
    drawn["constant"] = np.full(N_RECORDS, 42.0)
    drawn["two values"] = 1.0 * (at % 2)
    return drawn


@pytest.fixture(scope="module")
def alarms() -> dict[str, Bool]:
    """Score all series side by side; the records that alarm."""
    drawn = series()
    detector, slots = AnomalyScorer(RecurrentForecaster(SeasonalNaive()), capacity=len(drawn)), np.arange(len(drawn))
    values = np.stack(list(drawn.values()), axis=1)
    times_s = START_S + 60.0 * np.arange(N_RECORDS)
    found = [detector.score(slots, np.full(len(slots), times_s[t]), values[t]).alarm for t in range(N_RECORDS)]
    return dict(zip(drawn, np.array(found).T, strict=True))


@pytest.mark.parametrize("name", ["noise", "constant", "two values"])
def test_a_series_in_which_nothing_happens_hardly_alarms(alarms: dict[str, Bool], name: str) -> None:
    assert alarms[name].sum() <= 1


@pytest.mark.parametrize(("name", "within"), [("flat", 100), ("spike", 3), ("ramp", 400)])
def test_an_obvious_fault_alarms(alarms: dict[str, Bool], name: str, within: int) -> None:
    assert alarms[name][FAULT : FAULT + within].any()
    assert alarms[name][:FAULT].sum() <= 1


def test_an_absurd_value_alarms_on_a_young_key(alarms: dict[str, Bool]) -> None:
    assert alarms["absurd"][400]


def test_a_level_raised_for_good_alarms_a_few_times_at_most(alarms: dict[str, Bool]) -> None:
    assert 1 <= alarms["raised"].sum() <= 3
