"""Series are found in NAB's folder, and what cannot be used has its sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import DataError
from tests.integration.training.book.benchmark import PLAN, make_benchmark, write_labels, write_series
from training.book.chapter import Parts
from training.book.plan import BookPlan
from training.book.series import NINE, Benchmark


def test_all_nine_series_of_the_chapter_are_in_nab(nab: Path) -> None:
    benchmark = Benchmark.open(nab)
    assert [benchmark.series(name, BookPlan().least_points).name for name in NINE] == list(NINE)


def test_nyc_taxi_makes_the_chapter_s_215_windows(nab: Path) -> None:
    n_points, plan = len(Benchmark.open(nab).series("nyc_taxi", 1).values), BookPlan()
    assert (n_points, plan.stride_of(n_points)) == (10_320, 48)
    assert plan.n_windows(n_points, 48) == 215


def test_a_short_series_gets_windows_that_overlap() -> None:
    assert BookPlan().stride_of(4_032) == 16


def test_nab_s_data_folder_itself_will_do(nab: Path) -> None:
    assert len(Benchmark.open(nab / "data").series("nyc_taxi", 1).labels_ms) == 5


def test_a_missing_folder_has_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected NAB's folder, with data/.*found no series"):
        Benchmark.open(tmp_path / "nowhere")


def test_missing_labels_have_their_sentence(tmp_path: Path) -> None:
    write_series(tmp_path, "some", [1.0, 2.0])
    with pytest.raises(DataError, match=r"labels/combined_windows\.json, found no readable"):
        Benchmark.open(tmp_path)


def test_an_unknown_series_has_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected <folder>/sunspots\.csv, found no such series"):
        Benchmark.open(make_benchmark(tmp_path)).series("sunspots", 1)


def test_a_series_whose_first_part_is_constant_has_its_sentence(tmp_path: Path) -> None:
    write_series(tmp_path, "asleep", [4.0] * 100 + [1.0, 2.0] * 50)
    write_labels(tmp_path, {})
    series = Benchmark.open(tmp_path).series("asleep", PLAN.least_points)
    with pytest.raises(DataError, match=r"more than one value in the first 70 points.*found 4 only"):
        series.scaling(Parts.of(200, PLAN).calibration)


@pytest.mark.parametrize(("values", "found"), [([1.0, 2.0] * 30, "60 points"), ([4.0] * 200, "1 value")])
def test_a_series_that_is_too_short_or_constant_has_its_sentence(
    tmp_path: Path, values: list[float], found: str
) -> None:
    write_series(tmp_path, "poor", values)
    write_labels(tmp_path, {})
    with pytest.raises(DataError, match=f"at least 81 points and more than one value.*{found}"):
        Benchmark.open(tmp_path).series("poor", PLAN.least_points)
