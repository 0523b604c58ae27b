"""The command says what is wrong before anything is learned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from stream.errors import TrainingError
from training.cli.train_book import command


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "stream", "train", "book", *arguments]
    return subprocess.run(called, cwd=repository, capture_output=True, text=True, check=False)


def test_a_folder_that_is_not_nab_s_ends_with_its_sentence_and_code_8(repository: Path, tmp_path: Path) -> None:
    ended = run(repository, str(tmp_path), "--out", str(tmp_path / "out"))
    assert ended.returncode == 8
    assert "expected NAB's folder" in ended.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_stride_longer_than_the_window_is_refused(repository: Path, tmp_path: Path) -> None:
    ended = run(repository, str(tmp_path), "--stride", "49")
    assert ended.returncode == 2
    assert "expected at most --time-steps 48, found 49" in ended.stderr


def test_a_missing_extra_is_one_sentence_with_the_command_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    error = CliRunner().invoke(command, ["anywhere"]).exception
    assert isinstance(error, TrainingError)
    assert "training needs matplotlib" in str(error)
    assert "Install the training extra from a clone of streamgauge's repository: pip install -e" in str(error)
