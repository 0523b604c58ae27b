"""Series from the user's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.cli.demo.scene.series import DemoSeries
from stream.errors import DataError


def test_a_file_is_a_series_named_like_it_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "taxi.csv"
    path.write_text("timestamp,value\n2014-07-01 00:30:00,8127\n2014-07-01 00:00:00,10844\n")
    assert DemoSeries.from_csv(path) == DemoSeries("taxi", [1_404_172_800_000, 1_404_174_600_000], [10844.0, 8127.0])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.csv: expected a readable CSV file, found: No such file"):
        DemoSeries.from_csv(tmp_path / "absent.csv")


def test_a_file_without_points_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hollow.csv"
    path.write_text("timestamp,value\n2014-07-01 00:00:00,\n")
    with pytest.raises(DataError, match=r"hollow\.csv: expected points, found none"):
        DemoSeries.from_csv(path)
