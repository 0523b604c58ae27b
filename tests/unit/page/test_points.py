from __future__ import annotations

import msgspec
import numpy as np

from stream.page import excerpt
from stream.page.points import PointColumns, Tail
from tests.unit.formats.make import SCORE

MINUTE = 60_000


def points(values: list[float], step_ms: int = MINUTE, scores: list[float] | None = None) -> PointColumns:
    """Make points of these values."""
    n = len(values)
    numbers = np.stack([np.array(values, np.float64), *np.full((3, n), 1.5), np.array(scores or [0.25] * n)])
    return PointColumns(step_ms * np.arange(n, dtype=np.int64), numbers, np.full(n, 2, np.uint8))


def test_points_come_back_from_their_packing_with_holes_and_large_counters() -> None:
    before = points([1e15 + 1, np.nan, -0.1])
    after = PointColumns.unpack(before.pack())
    np.testing.assert_array_equal(after.times_ms, before.times_ms)
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_array_equal(after.numbers[1:], before.numbers[1:])
    np.testing.assert_array_equal(after.states, before.states)


def test_a_point_takes_a_quarter_of_the_bytes_of_its_columns() -> None:
    rng = np.random.default_rng(3)
    before = points(np.round(rng.normal(100, 3, 120), 3).tolist())
    assert len(before.pack()) < 0.4 * (before.times_ms.nbytes + before.numbers.nbytes)


def test_a_repeat_and_a_late_point_are_left_out() -> None:
    tail = Tail()
    assert [tail.append(point) for point in (SCORE, SCORE)] == [True, False]
    assert not tail.append(msgspec.structs.replace(SCORE, timestamp=SCORE.timestamp - 1))
    assert len(tail) == 1


def test_a_point_without_a_score_has_none_and_a_rate_stands_for_the_value() -> None:
    tail = Tail()
    tail.append(msgspec.structs.replace(SCORE, score=None, state="warming", transform="rate", rate=0.5))
    assert (tail.latest_value(), tail.latest_score(), tail.state) == (0.5, None, "warming")


def test_thinning_keeps_the_spike_the_dip_and_the_highest_score() -> None:
    values, scores = [10.0] * 50_000, [0.1] * 50_000
    values[31_234], values[4_321], scores[17_171] = 99.0, -5.0, 7.0
    thinned = excerpt.thin(points(values, scores=scores))
    assert len(thinned.times_ms) <= excerpt.MOST
    assert (thinned.values.max(), thinned.values.min(), thinned.scores.max()) == (99.0, -5.0, 7.0)
    assert (np.diff(thinned.times_ms) > 0).all()


def test_a_long_gap_has_no_line() -> None:
    part = points([1.0, 2.0, 3.0, 4.0, 5.0])
    part.times_ms[3:] += 30 * MINUTE
    assert np.isnan(excerpt.with_holes(part).values).tolist() == [False, False, False, True, False, False]


def test_a_week_before_is_shown_at_the_times_of_now_and_only_where_there_was_something() -> None:
    earlier = points([1.0, 2.0, 3.0])
    now = excerpt.WEEK_MS + MINUTE * np.array([0, 1, 2, 30], np.int64)
    np.testing.assert_array_equal(excerpt.shifted(earlier, now, excerpt.WEEK_MS), [1.0, 2.0, 3.0, np.nan])
