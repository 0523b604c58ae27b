"""`streamgauge evaluate nab` on a small folder: tables, JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream.cli import main
from stream.detection.arrays import Float64
from stream.errors import DataError, SettingsError
from tests.unit.evaluation.nab import made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return two families: a wave with a window of values never seen before, and one in which nothing is labelled."""
    series: dict[str, Float64] = {"made/wave.csv": made.wave(400), "quiet/wave.csv": made.wave(300)}
    series["made/wave.csv"][350:370] += 500
    return made.folder(tmp_path, series, {"made/wave.csv": [[345, 374]]})


def evaluate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", "nab", *map(str, arguments)])


def test_one_document_tells_every_warm_up_by_family_and_profile(folder: Path) -> None:
    ended = evaluate(folder, "--json", "--probation", "--warm-up", "200", "--runs", "2")
    assert ended.exit_code == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert [outcome["warm_up"] for outcome in found["outcomes"]] == ["probation", 200]
    assert (found["files"], found["records"], found["model"]["name"]) == (2, 700, "default")
    assert [run["n_dropped"] for run in found["outcomes"][0]["runs"]] == [0, 113]
    families = found["outcomes"][1]["families"]
    assert families["made"]["windows_found"] == 1
    assert families["quiet"]["profiles"]["standard"] is None
    assert 50 < families["all"]["profiles"]["standard"]["at_boundary"] <= 100


def test_the_tables_name_families_null_and_boundary(folder: Path) -> None:
    ended = evaluate(folder, "--warm-up", "200")
    assert ended.exit_code == 0, ended.stderr
    for text in ("boundary 1.0, warm-up 200 records", "a clock, blind to the data", "quiet", "1 of 1"):
        assert text in ended.stdout


def test_a_folder_that_is_not_nabs_ends_with_code_8(tmp_path: Path) -> None:
    ended = evaluate(tmp_path)
    assert isinstance(ended.exception, DataError)
    assert str(ended.exception).startswith(f"{tmp_path}: expected NAB's folder")


def test_a_probation_a_file_cannot_go_through_kafka(folder: Path) -> None:
    ended = evaluate(folder, "--through-kafka", "--probation")
    assert ended.exit_code == SettingsError.exit_code
    assert "a worker has one warm-up for all" in ended.stderr
