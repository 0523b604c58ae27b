"""A fit's folders: one fit at a time, and a sentence when something cannot be written."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.errors import TrainingError
from tests.integration.training.fit.make import quiet, request, wave, write_csv
from training.files import write_whole
from training.fit.data import data
from training.fit.data.point_store import make_room
from training.fit.gathering import gather
from training.fit.output_paths import OutputPaths
from training.fit.plan import FitPlan


def place(folder: Path) -> OutputPaths:
    return OutputPaths(folder / "out", folder / "logs", "mine", "1.0.0")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "a.csv", *wave())


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 4 KB: neither those of the block nor, until it ends, the log of this run."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_two_fits_in_one_folder_are_refused_and_the_second_goes_on_when_the_first_has_ended(tmp_path: Path) -> None:
    with (
        place(tmp_path).claim(),
        pytest.raises(TrainingError, match=r"logs to be free, found another fit"),
        place(tmp_path).claim(),
    ):
        pass
    with place(tmp_path).claim():
        assert (tmp_path / "out").is_dir()


def test_a_file_in_the_way_of_the_results_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(TrainingError, match=r"write .*/out, but: File exists"), place(tmp_path).claim():
        pass


def test_room_that_is_not_there_is_one_sentence_with_the_path(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(TrainingError, match=r"write .*points\.bin, but: File too large"):
        make_room(tmp_path / "points.bin", 100_000)


def test_a_result_that_does_not_fit_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(TrainingError, match=r"write .*mine\.onnx, but: File too large"):
        write_whole(tmp_path / "mine.onnx", bytes(100_000))
    assert list(tmp_path.iterdir()) == []


def test_points_on_a_full_disk_are_one_sentence_and_are_removed(tmp_path: Path, file: Path) -> None:
    with (
        full_disk(),
        pytest.raises(TrainingError, match=r"write .*read\.bin, but: File too large"),
        place(tmp_path).claim(),
    ):
        gather(request(file), FitPlan(), place(tmp_path), False, quiet())
    assert not place(tmp_path).points.exists()


def test_points_that_are_being_read_anew_are_not_taken_for_whole(tmp_path: Path) -> None:
    folder = tmp_path / "points"
    folder.mkdir()
    (folder / data.FILE).write_text('{"identity": {}}')
    data.discard(folder)
    assert data.Data.load(folder, {}) is None
