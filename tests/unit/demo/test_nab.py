"""The series of NAB that the package carries, as the demo plays them."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from stream.cli.demo.command import command
from stream.cli.demo.scene.labels import FOLDER, NAMES, SUFFIX, Window, read


def test_the_first_point_and_window_of_nyc_taxi_are_nabs() -> None:
    series, windows = read("nyc_taxi").series, read("nyc_taxi").windows
    assert (series.name, len(series.values)) == ("nyc_taxi", 10_320)
    assert (series.timestamps_ms[0], series.values[0]) == (1_404_172_800_000, 10_844.0)
    assert (len(windows), windows[0]) == (5, Window(1_414_683_000_000, 1_415_053_800_000))


@pytest.mark.parametrize("name", NAMES)
def test_every_window_lies_in_its_series(name: str) -> None:
    labelled = read(name)
    for window in labelled.windows:
        assert labelled.series.timestamps_ms[0] <= window.first_ms < window.last_ms <= labelled.series.timestamps_ms[-1]


def test_every_series_in_the_package_is_offered() -> None:
    assert tuple(sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))) == NAMES


def test_a_series_without_labels_has_no_windows() -> None:
    assert read("art_daily_no_noise").windows == ()


def test_a_series_that_is_not_here_is_wrong_usage_and_the_others_are_named() -> None:
    result = CliRunner().invoke(command, ["--nab", "sunspots"])
    assert result.exit_code == 2
    assert "nyc_taxi" in result.output


@pytest.mark.parametrize("other", [["--csv", "mine.csv"], ["--no-scene"], ["--seed", "4"]])
def test_a_recorded_series_is_played_alone(other: list[str]) -> None:
    result = CliRunner().invoke(command, ["--nab", "nyc_taxi", *other])
    assert result.exit_code == 2
    assert "--nab plays one recorded series alone: leave out --csv, --no-scene and --seed" in result.output
