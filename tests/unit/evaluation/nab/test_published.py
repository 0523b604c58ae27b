"""Scores that others have published are read, and what is wrong with files of scores is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream.errors import DataError
from tests.unit.evaluation.nab import made
from training.evaluation.nab.external_scores import evaluate_external
from training.evaluation.nab.protocol import PROFILES
from training.evaluation.nab.published import read_published, read_scores


def test_scores_of_another_detector_are_swept_and_held_against_what_was_published(tmp_path: Path) -> None:
    folder = made.folder(tmp_path, {"made/wave.csv": made.wave(400)}, {"made/wave.csv": [[200, 219]]})
    profiles = {profile.name: 50.0 for profile in PROFILES}
    (folder / "published").mkdir()
    (folder / "published" / "scores.json").write_text(
        json.dumps({"mine": {"scores": profiles, "thresholds": {profile.name: 0.9 for profile in PROFILES}}})
    )
    path = tmp_path / "mine.csv"
    rows = [f"made/wave.csv,{row},{0.7 if row == 200 else 0.8 if row == 399 else 0.1}" for row in range(400)]
    path.write_text("\n".join(["file,row,anomaly_score", *rows]))
    found = evaluate_external(folder, path)
    assert found.best["standard"].threshold == 0.7
    assert found.best["standard"].score == pytest.approx(100 - 100 * 0.11 / 2)
    assert found.at_published["standard"].score == 0.0
    assert found.published is not None


def test_scores_without_a_row_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("file,row,anomaly_score\nmade/wave.csv,0,0.5\nmade/wave.csv,2,0.5\n")
    with pytest.raises(DataError, match=r"scores.csv: expected one score for each of the rows 0 to 2 .* found 2 rows"):
        read_scores(path, [made.file(3)])


@pytest.mark.parametrize("text", ["row,score\n1,2\n", "file,row,anomaly_score\nmade/wave.csv,one,2\n"])
def test_a_file_that_holds_no_scores_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(DataError, match="expected CSV with the columns file, row, anomaly_score"):
        read_scores(path, [made.file(3)])


def test_a_packed_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv.gz"
    path.write_text("file,row,anomaly_score\n")
    with pytest.raises(DataError, match="expected CSV with the columns"):
        read_scores(path, [made.file(3)])


def test_the_results_of_nabs_own_repository_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    both = {"low": {profile.name: 10 for profile in PROFILES}, "high": {profile.name: 20 for profile in PROFILES}}
    (tmp_path / "results" / "final_results.json").write_text(json.dumps(both))
    assert [(each.name, each.thresholds) for each in read_published(tmp_path)] == [("high", {}), ("low", {})]


def test_a_folder_without_published_scores_has_none(tmp_path: Path) -> None:
    assert read_published(tmp_path) == []


def test_published_scores_without_a_profile_are_refused(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "scores.json").write_text(json.dumps({"mine": {"scores": {"standard": 1.0}}}))
    with pytest.raises(DataError, match="expected each detector's scores in standard, reward_low_FP_rate"):
        read_published(tmp_path)
