"""The outlook: what was foretold of records waits for them."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import OUTLOOK
from stream.detection.forecast.horizon import REACHES, STRIDES, octaves, pop_error, push, slot_of
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.scoring.scorer import AnomalyScorer
from tests.unit.detection.by_hand import new_key, step_record
from tests.unit.detection.streams import Echo

INTERVAL_S = 300.0


def course(
    n: int, *, holes: dict[int, float] | None = None, step: int = 1, sure: bool = True, lost: int | None = None
) -> list[float]:
    """Foretell 2 above the usual 1, with a width of 1, after each of n records of 0; say how far off records were.

    After record `lost` the model gives NaN.
    """
    key, record = new_key(), step_record(stride=step, sure=sure, usual=1.0)
    key.interval_s = np.float32(INTERVAL_S / step)
    aways, now_s = [], 0.0
    for t in range(n):
        now_s += float(key.interval_s) * (1 + (holes or {}).get(t, 0.0))
        record.t, record.horizon_slot = t, slot_of(t, record.octave)
        aways.append(float(pop_error(key, now_s, record).error))
        push(key, record, np.float32(np.nan if t == lost else 2), np.float32(0))
        key.timestamp_s = now_s
    return aways


def test_a_record_is_held_against_what_was_foretold_24_records_before() -> None:
    aways = course(60)
    assert not any(aways[:OUTLOOK])
    assert aways[OUTLOOK:] == pytest.approx([-3.0] * 36, rel=1e-3)


def test_of_fast_records_each_forecast_stands_for_several() -> None:
    aways = course(250, step=4)
    known = np.flatnonzero(aways)
    assert (known[0], known[-1]) == (4 * OUTLOOK, 249)
    assert len(known) == 250 - 4 * OUTLOOK


def test_a_hole_forgets_the_far_forecasts() -> None:
    aways = course(100, holes={50: 10.0})
    assert all(aways[OUTLOOK:50])
    assert not any(aways[50 : 50 + OUTLOOK])
    assert all(aways[50 + OUTLOOK :])


def test_a_record_that_is_a_little_late_is_still_the_one_foretold() -> None:
    assert all(course(100, holes={50: 2.0})[OUTLOOK:])


def test_what_is_not_known_of_a_moment_is_not_foretold() -> None:
    assert not any(course(100, sure=False))


def test_a_far_forecast_that_is_no_number_is_none() -> None:
    aways = course(100, lost=30)
    assert [at for at, away in enumerate(aways) if away == 0] == [*range(OUTLOOK), 30 + OUTLOOK]
    assert np.isfinite(aways).all()


def test_a_change_of_the_stride_forgets_the_far_forecasts_which_were_meant_for_other_records() -> None:
    detector, now_s, kept = AnomalyScorer(RecurrentForecaster(Echo()), capacity=1), 0.0, []
    strides = []
    for gap_s in [300.0] * 5 + [200.0] * 5:
        now_s += gap_s
        detector.state.outlook_sharpness[0, -1] = 1
        detector.score(np.array([0]), np.array([now_s]), np.array([1.0]))
        kept.append(bool(detector.state.outlook_sharpness[0, -1]))
        strides.append(int(STRIDES[octaves(detector.state.interval_s[0])]))
    assert strides == [512] + [1] * 7 + [2] * 2
    assert kept == [True, False] + [True] * 6 + [False, True]


@pytest.mark.parametrize(("interval_s", "records"), [(0.1, 512), (1, 256), (60, 4), (300, 1), (86_400, 1)])
def test_far_forecasts_lie_about_five_minutes_apart_or_a_record(interval_s: float, records: int) -> None:
    assert STRIDES[octaves(np.float32(interval_s))] == records


@pytest.mark.parametrize("records", [1, 2, 4, 512])
def test_the_reach_is_the_middle_of_the_records_held_against_a_forecast(records: int) -> None:
    made_after = records - 1
    held_against = OUTLOOK * records + np.arange(records)
    assert abs(held_against.mean() - made_after - REACHES[records.bit_length() - 1]) <= 0.5
