"""NAB's folder is read row by row, and what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.errors import DataError
from tests.unit.evaluation.nab import made
from training.evaluation.nab.corpus import perturbations, read_corpus
from training.evaluation.nab.scoring.confusion import LabelWeights


def test_rows_whose_time_repeats_or_steps_back_are_rows_like_others(tmp_path: Path) -> None:
    folder = made.folder(tmp_path, {"made/wave.csv": [1, 2, 3]}, {"made/wave.csv": [[1, 2]]})
    path = folder / "data/made/wave.csv"
    path.write_text(path.read_text() + f"{made.moment(1)},4\n{made.moment(1)},5\n")
    (file,) = read_corpus(folder)
    assert file.values.tolist() == [1, 2, 3, 4, 5]
    assert file.windows.tolist() == [[1, 2]]
    assert file.family == "made"


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({}, r"expected the windows of made/wave.csv, an empty list where it has none, found no entry"),
        (
            {"made/wave.csv": [["2014-07-01 00:02:00", made.moment(1)]]},
            r"expected the ends of each window among",
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, labels: object, reason: str) -> None:
    folder = made.folder(tmp_path, {"made/wave.csv": [1, 2, 3]}, {})
    made.write_labels(folder, labels)
    with pytest.raises(DataError, match=reason):
        read_corpus(folder)


def test_a_folder_without_series_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected NAB's folder, with data/<family>/<series>.csv .* found no series"):
        read_corpus(tmp_path)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    folder = made.folder(tmp_path, {"made/wave.csv": [1, 2, 3]}, {})
    (folder / "labels/combined_windows.json").unlink()
    with pytest.raises(DataError, match=r"found no readable labels/combined_windows.json"):
        read_corpus(folder)


def test_a_file_that_is_no_series_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = made.folder(tmp_path, {"made/wave.csv": [1, 2, 3]}, {})
    (folder / "data/made/wave.csv").write_text("timestamp,value\n2014-07-01 00:00:00,much\n")
    with pytest.raises(DataError, match=r"wave.csv, line 2: expected a number as value, found 'much'"):
        read_corpus(folder)


def test_what_is_judged_stays_the_same_when_the_first_rows_are_dropped() -> None:
    file = made.file(1_000, [(160, 190), (500, 549)])
    whole, later = LabelWeights.of(file), LabelWeights.of(file.without_first(90))
    assert later.n_windows == whole.n_windows
    assert later.place.tolist() == whole.place[90:].tolist()
    assert later.worth.tolist() == whole.worth[90:].tolist()


def test_a_window_that_is_dropped_is_not_asked_for_and_one_that_is_cut_begins_at_the_cut() -> None:
    file = made.file(1_000, [(160, 190), (500, 549)]).without_first(510)
    assert file.windows.tolist() == [[0, 39]]
    assert file.n_probation == 0


def test_more_rows_than_there_are_cannot_be_dropped() -> None:
    with pytest.raises(DataError, match=r"made/wave.csv: expected more than 100 rows to drop, found 100"):
        made.file(100).without_first(100)


def test_the_first_run_takes_files_as_they_are_and_the_others_never_twice_the_same() -> None:
    file = made.file(400)
    first, *others = perturbations(4)
    assert first.apply(file).values.tolist() == file.values.tolist()
    assert [perturbation.n_dropped for perturbation in others] == [38, 75, 113]
    for perturbation in others:
        changed = perturbation.apply(file)
        scale = np.ptp(changed.values) / np.ptp(file.values[perturbation.n_dropped :])
        assert 1 <= scale < 2
        assert changed.timestamps_ms.tolist() == file.timestamps_ms[perturbation.n_dropped :].tolist()
