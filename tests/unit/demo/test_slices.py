"""Series cut into slices."""

from __future__ import annotations

from stream.cli.demo.scene.series import DemoSeries, in_slices
from stream.formats.csv.points import Row

LONG = DemoSeries("long", [10, 20, 30, 40], [1.0, 2.0, 3.0, 4.0])
SHORT = DemoSeries("short", [15, 25], [5.0, 6.0])


def test_slices_hold_every_point_once() -> None:
    rows = [row for part in in_slices([LONG, SHORT], 3) for row in part]
    assert sorted(rows) == sorted(
        [Row("long", t, v) for t, v in zip(LONG.timestamps_ms, LONG.values, strict=True)]
        + [Row("short", t, v) for t, v in zip(SHORT.timestamps_ms, SHORT.values, strict=True)]
    )


def test_a_slice_is_in_the_order_of_time() -> None:
    assert [row.timestamp_ms for row in next(in_slices([LONG, SHORT], 1))] == [10, 15, 20, 25, 30, 40]


def test_a_short_series_runs_beside_a_long_one_to_the_end() -> None:
    first, second = in_slices([LONG, SHORT], 2)
    assert [row.series for row in first] == ["long", "short", "long"]
    assert [row.series for row in second] == ["short", "long", "long"]


def test_a_series_may_have_fewer_points_than_there_are_slices() -> None:
    assert [len(part) for part in in_slices([SHORT], 4)] == [0, 1, 0, 1]
