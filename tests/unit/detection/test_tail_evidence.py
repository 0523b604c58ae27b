"""The tail evidence: what caution takes from it where the forecast error has heavy tails."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.arrays import TAILS
from stream.detection.evidence import tail_evidence
from stream.detection.evidence.tail_evidence import ERROR, OF_MEAN_ERROR
from stream.detection.state.key import Key
from stream.detection.state.step_record import StepRecord
from tests.unit.detection.by_hand import new_key, step_record

T = 2_000
NEVER = 1e30
THRESHOLD = 12.2
WARMUP = 300
STATISTIC_OF = {"value_high": 0, "level_high": 2, "residual_12": 3}
SHAPE = (1 - 1 / 3) / 2
"""Of a tail whose mean square is four times its squared mean."""


def heavy_key(tail: str) -> Key:
    """Make a key whose forecast error has heavy tails, and of which one tail alone is ever exceeded."""
    key = new_key()
    key.tail_threshold[:] = NEVER
    key.tail_excess[:], key.tail_square[:] = 1, 2
    key.tail_clusters[:], key.tail_rate[:] = 40, 0.01
    key.tail_threshold[TAILS.index(tail)] = 0
    key.tail_square[ERROR] = 4
    return key


def scored(tail: str, strict: float) -> StepRecord:
    """Score a record that lies 20 usual excesses out in a tail."""
    record = step_record()
    record.t = T
    record.statistics[STATISTIC_OF[tail]] = np.float32(20)
    tail_evidence.score(heavy_key(tail), WARMUP, NEVER, strict, record)
    return record


@pytest.mark.parametrize("tail", ["value_high", "level_high"])
def test_under_a_strict_budget_heavy_tails_leave_less_evidence(tail: str) -> None:
    free, strict = scored(tail, 0.0), scored(tail, 1.0)
    assert free.tail_evidence > 10
    assert strict.tail_evidence == pytest.approx(free.tail_evidence / (1 + SHAPE))
    assert strict.rarity == pytest.approx(free.rarity / (1 + SHAPE))
    assert strict.caution == pytest.approx(1 + SHAPE)


def test_the_mean_of_twelve_errors_loses_a_fifth_of_that() -> None:
    free, strict = scored("residual_12", 0.0), scored("residual_12", 1.0)
    assert strict.tail_evidence == pytest.approx(free.tail_evidence / (1 + OF_MEAN_ERROR * SHAPE))
    assert strict.rarity == pytest.approx(free.rarity / (1 + OF_MEAN_ERROR * SHAPE))


def test_half_as_strict_is_half_the_caution() -> None:
    assert scored("value_high", 0.5).caution == pytest.approx(1 + SHAPE / 2)


def test_a_cluster_that_caution_kept_below_the_threshold_alarms_when_it_gets_worse() -> None:
    key, record = heavy_key("value_high"), step_record()
    evidence = []
    for t in range(30):
        record.t = T + t
        record.statistics[0] = np.float32(12 if t < 25 else 40)
        tail_evidence.score(key, WARMUP, THRESHOLD, 1.0, record)
        evidence.append(record.tail_evidence)
    assert THRESHOLD / record.caution < evidence[0] < THRESHOLD
    assert evidence[25] > THRESHOLD


@pytest.mark.parametrize("strict", [0.0, 1.0])
def test_a_cluster_that_has_alarmed_is_silent_after_twelve_records(strict: float) -> None:
    key, record = heavy_key("value_high"), step_record()
    evidence = []
    for t in range(16):
        record.t, record.statistics[0] = T + t, np.float32(40)
        tail_evidence.score(key, WARMUP, THRESHOLD, strict, record)
        evidence.append(record.tail_evidence)
    assert min(evidence[:13]) > THRESHOLD
    assert evidence[13:] == [0.0, 0.0, 0.0]
