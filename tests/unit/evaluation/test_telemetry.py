"""Labelled telemetry: what an alert is, what counts as found, and folders that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stream.errors import DataError
from training.evaluation.telemetry.folder import Source, read_sets
from training.evaluation.telemetry.tally import tally

N_ROWS, FIRST_SCORED = 1000, 200


def source(*incidents: tuple[int, int]) -> Source:
    values = np.zeros((N_ROWS, 1))
    return Source("a", np.arange(N_ROWS), values, np.array(incidents, np.int64).reshape(-1, 2), FIRST_SCORED)


def test_alerts_close_together_are_one_and_true_where_it_touches_an_incident() -> None:
    found = tally([source((300, 310), (700, 710))], [[np.array([291, 301, 500, 511])]])
    assert (found.true, found.false, found.found, found.incidents) == (1, 2, 1, 2)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == 0.5
    assert found.false_per_10k == pytest.approx(2e4 / (N_ROWS - FIRST_SCORED))


def test_alerts_of_all_metrics_of_a_source_are_joined() -> None:
    found = tally([source((300, 310))], [[np.array([300, 320]), np.array([310])]])
    assert (found.true, found.false) == (1, 0)


def test_what_comes_before_the_judged_part_does_not_count() -> None:
    found = tally([source((10, 20), (300, 310))], [[np.array([15, 199, 300])]])
    assert (found.true, found.false, found.incidents) == (1, 0, 1)


def test_sources_are_pooled() -> None:
    found = tally([source((300, 310)), source()], [[np.array([305])], [np.array([305])]])
    assert (found.true, found.false, found.rows) == (1, 1, 2 * (N_ROWS - FIRST_SCORED))
    assert found.f1 == pytest.approx(2 / 3)


def write(folder: Path, text: str, labels: object, split: object) -> None:
    (folder / "series").mkdir(parents=True)
    (folder / "series" / "a.csv").write_text(text)
    (folder / "labels.json").write_text(json.dumps(labels))
    (folder / "split.json").write_text(json.dumps(split))


def test_a_folder_of_sets_is_read_and_a_missing_value_is_no_point(tmp_path: Path) -> None:
    text = "timestamp,x,y\n2024-01-01T00:00:00Z,1,2\n2024-01-01T00:01:00Z,,3\n"
    write(tmp_path / "one", text, {"a": [[0, 1]]}, {"a": 1})
    ((read,),) = read_sets(tmp_path).values()
    assert (read.name, read.evaluated_from, read.incidents.tolist()) == ("a", 1, [[0, 1]])
    (rows, first), (_, second) = read.metrics()
    assert (rows.tolist(), first.values.tolist(), second.values.tolist()) == ([0], [1], [2, 3])
    assert second.timestamps_ms.tolist() == [1_704_067_200_000, 1_704_067_260_000]


@pytest.mark.parametrize(
    ("text", "labels", "message"),
    [
        ("timestamp,x\nnever,1\n", {"a": []}, "expected CSV with a timestamp"),
        ("timestamp,x\n", {"a": []}, "expected a column timestamp"),
        ("timestamp,x\n2024-01-01T00:00:00Z,1\n", {}, "found no entry for a"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, labels: object, message: str) -> None:
    write(tmp_path / "one", text, labels, {"a": 0})
    with pytest.raises(DataError, match=message):
        read_sets(tmp_path)


def test_a_folder_without_series_is_refused_with_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected series/NAME\.csv\.gz"):
        read_sets(tmp_path)
