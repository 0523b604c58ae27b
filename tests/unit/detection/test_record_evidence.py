"""Record evidence: what new extremes of the five statistics count."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from stream.detection.arrays import STATISTICS
from stream.detection.evidence.record_evidence import ALL_WEIGHTS, SATURATION, WEIGHTS, score
from stream.detection.state.step_record import StepRecord
from tests.unit.detection.by_hand import new_key, step_record

GROWN, WARMUP = 2_000, 300
VALUE, PAIR = STATISTICS.index("value"), STATISTICS.index("pair")


def scored(**distances: float) -> StepRecord:
    """Score a record of a grown key, as far outside of what each statistic has shown, whose extents are 1."""
    return scored_at(distances, is_clipped=False)


def scored_at(distances: Mapping[str, float], *, is_clipped: bool) -> StepRecord:
    record = step_record()
    record.t, record.is_clipped, record.extents[:] = GROWN, is_clipped, 1
    for name, distance in distances.items():
        record.distances[STATISTICS.index(name)] = distance
    score(new_key(), WARMUP, record)
    return record


def test_what_lies_within_all_that_was_seen_is_no_evidence() -> None:
    assert scored().record_evidence == 0


def test_the_evidence_of_one_statistic_counts_ever_less() -> None:
    steps = np.diff([scored(value=distance).record_evidence for distance in (0.1, 1.0, 10.0, 100.0)])
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()


def test_several_statistics_that_are_new_by_little_are_more_evidence_than_one_that_goes_far() -> None:
    little = scored(**dict.fromkeys(STATISTICS, 0.1))
    assert little.record_evidence > scored(pair=100.0).record_evidence > scored(value=100.0).record_evidence


def test_a_new_pair_counts_more_than_a_value_that_is_as_new() -> None:
    record = scored(value=0.1, pair=0.1)
    assert record.contributions[PAIR] / record.contributions[VALUE] == pytest.approx(WEIGHTS[PAIR] / WEIGHTS[VALUE])


def test_the_evidence_of_an_absurd_value_counts_in_full_and_for_all_five() -> None:
    plain, absurd = (scored_at({"value": 1.0}, is_clipped=each).contributions[VALUE] for each in (False, True))
    nats = absurd / ALL_WEIGHTS
    assert plain == pytest.approx(WEIGHTS[VALUE] * SATURATION * np.log1p(nats / SATURATION), rel=1e-5)
